// `ricci data mnist`: fetches the four files of MNIST and checks them.
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "frontend/cli/commands.h"
#include "frontend/cli/process.h"
#include "frontend/cli/streams.h"
#include "ir/base/error.h"
#include "runtime/base/sha256.h"
#include "runtime/file/byte_source.h"
#include "runtime/file/files.h"

namespace ricci::cli {
namespace {

namespace fs = std::filesystem;

/// A file of MNIST by what it holds when unpacked, for mirrors pack it in their own ways.
struct File {
    std::string_view name;  // packed; without ".gz" it may lie there unpacked
    std::int64_t bytes;
    std::string_view sha256;
};

constexpr std::array kFiles = {
    File{"train-images-idx3-ubyte.gz", 47040016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
    File{"train-labels-idx1-ubyte.gz", 60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
    File{"t10k-images-idx3-ubyte.gz", 7840016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
    File{"t10k-labels-idx1-ubyte.gz", 10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
};

// Exit statuses of curl.
constexpr int kHttpError = 22;
constexpr int kRangeError = 33;

constexpr std::string_view kMirrors[] = {"https://ossci-datasets.s3.amazonaws.com/mnist/",
                                         "https://storage.googleapis.com/cvdf-datasets/mnist/"};

/// Why the file is not what it should be, or "". Reads no more than it should hold and one byte.
std::string fault(const fs::path& path, const File& file) {
    try {
        runtime::ByteSource source(path);
        runtime::Sha256 hash;
        std::vector<std::byte> chunk(std::size_t{1} << 20);
        while (source.offset() <= file.bytes) {
            const std::size_t got = source.read(chunk);
            if (got == 0) break;
            hash.update(std::span(chunk).first(got));
        }
        if (source.offset() != file.bytes) {
            return fmt::format("it holds {}{} bytes unpacked instead of {}",
                               source.offset() > file.bytes ? "at least " : "", source.offset(), file.bytes);
        }
        const std::string found = hash.hex();
        return found == file.sha256 ? "" : fmt::format("its contents have sha256 {} instead of {}", found, file.sha256);
    } catch (const UserError& error) {
        return error.what();
    }
}

/// Whether the folder holds the file, packed or not; one that is damaged is an error, so that nothing is overwritten.
bool is_there(const fs::path& folder, const File& file) {
    const std::string_view unpacked = file.name.substr(0, file.name.size() - 3);
    for (std::string_view name : {file.name, unpacked}) {
        const fs::path path = folder / name;
        if (!runtime::is_there(path)) continue;
        if (const std::string what = fault(path, file); !what.empty()) {
            user_error("{} is not MNIST's: {}; remove it, and run this again", path.string(), what);
        }
        return true;
    }
    return false;
}

/// Fetches into NAME.part, going on where an earlier try was cut off, and renames it when its contents are right.
void fetch(const fs::path& folder, const File& file) {
    const fs::path target = folder / file.name;
    const fs::path partial = target.string() + ".part";
    // curl writes through a link, and waits for a FIFO: it goes on with a regular file, or begins one.
    if (std::error_code gone; !fs::is_regular_file(fs::symlink_status(partial, gone))) fs::remove(partial, gone);
    if (runtime::is_there(partial) && fault(partial, file).empty()) return fs::rename(partial, target);
    std::string reason;
    for (std::string_view mirror : kMirrors) {
        const std::string url = fmt::format("{}{}", mirror, file.name);
        fmt::print("fetching {}\n", url);
        flush_output();
        const Finished curl =
            run_program({"curl", "--fail", "--location", "--show-error", "--silent", "--retry", "2",
                         "--connect-timeout", "20", "--continue-at", "-", "--output", partial.string(), url},
                        {.capture = false});
        if (curl.status == 127) user_error("curl is not installed; it fetches the files (Debian package curl)");
        if (curl.status != 0) {
            reason = fmt::format("curl gave up on {} with status {}", url, curl.status);
            // The server refused, perhaps to go on from what is there: the next one begins anew.
            if (curl.status == kHttpError || curl.status == kRangeError) fs::remove(partial);
            continue;
        }
        reason = fault(partial, file);
        if (reason.empty()) {
            fs::rename(partial, target);
            return;
        }
        reason = fmt::format("{} is not MNIST's: {}", url, reason);
        // Nothing of a wrong file is worth going on from.
        fs::remove(partial);
    }
    user_error("cannot fetch {}: {}; without a network, copy the file to {}", file.name, reason, folder.string());
}

std::string default_folder() {
    const char* variable = std::getenv("RICCI_DATA");
    return variable != nullptr && *variable != '\0' ? variable : "data/mnist";
}

}  // namespace

int data_mnist(Arguments arguments) {
    std::string folder = default_folder();
    Options options("data mnist",
                    "Fetches the four files of MNIST (12 MB), goes on where it was cut off, and checks what "
                    "they hold by sha256.\nFiles that are there and right are kept.");
    options.text("--to", "DIR", folder, "the folder: RICCI_DATA, or data/mnist, when left out");
    if (!options.parse(arguments)) return kOk;
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) user_error("cannot create the folder {}: {}", folder, error.message());
    for (const File& file : kFiles) {
        if (is_there(folder, file)) {
            fmt::print("{} is there\n", file.name);
        } else {
            fetch(folder, file);
        }
    }
    fmt::print("MNIST is in {}; train with: ricci train lenet5 --data {}\n", folder, folder);
    return kOk;
}

}  // namespace ricci::cli
