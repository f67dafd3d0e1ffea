// Open files over the POSIX calls, which say why they fail.
#include "runtime/file/descriptor.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "ir/base/error.h"
#include "runtime/base/signals.h"

namespace ricci::runtime {
namespace {

/// A new file "NAME.XXXXXX" of a folder; it goes again unless it is renamed.
class Temporary {
  public:
    Temporary(int folder, const std::string& name, std::optional<mode_t> mode, const std::filesystem::path& shown)
        : folder_(folder) {
        constexpr mode_t kOwn = 0600;  // until it is filled and gets the mode asked for
        constexpr mode_t kNew = 0666;  // less what the process keeps from new files
        constexpr int kTries = 100;
        for (int tries = 0; tries < kTries; ++tries) {
            name_ = name + "." + suffix();
            file_ = Descriptor(::openat(folder, name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                        mode ? kOwn : kNew));
            if (file_.is_open() || errno != EEXIST) break;
        }
        if (!file_.is_open()) {
            const int error = errno;
            name_.clear();
            fail_at("write", shown, error);
        }
    }
    ~Temporary() {
        if (!name_.empty()) ::unlinkat(folder_, name_.c_str(), 0);
    }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;

    Descriptor& file() { return file_; }
    /// 0, or why not.
    int rename_to(const std::string& name) {
        if (::renameat(folder_, name_.c_str(), folder_, name.c_str()) != 0) return errno;
        name_.clear();
        return 0;
    }

  private:
    static std::string suffix() {
        constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
        std::array<unsigned char, 6> drawn{};
        static_cast<void>(::getrandom(drawn.data(), drawn.size(), 0));
        std::string text;
        for (const unsigned char byte : drawn) text += kLetters[byte % kLetters.size()];
        return text;
    }

    int folder_;
    std::string name_;
    Descriptor file_;
};

}  // namespace

std::string reason_of(int error) {
    return std::generic_category().message(error);
}

void fail_at(const char* what, const std::filesystem::path& path, int error) {
    user_error("cannot {} {}: {}", what, path.string(), reason_of(error));
}

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
}

struct stat Descriptor::status(const std::filesystem::path& path) const {
    struct stat status {};
    if (::fstat(number_, &status) != 0) fail_at("read", path, errno);
    return status;
}

void Descriptor::write(std::span<const std::byte> bytes, const std::filesystem::path& path) const {
    const NoWriteSignals quiet;
    while (!bytes.empty()) {
        const ssize_t written = ::write(number_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail_at("write", path, errno);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

std::vector<std::byte> Descriptor::read(std::int64_t most, const std::filesystem::path& path) const {
    if (S_ISDIR(status(path).st_mode)) fail_at("read", path, EISDIR);
    const std::int64_t one_more = most < INT64_MAX ? most + 1 : most;  // one byte more tells that there is too much
    std::vector<std::byte> bytes = read_some(one_more, path);
    if (static_cast<std::int64_t>(bytes.size()) > most) {
        user_error("{} is larger than {} bytes, the most that is read", path.string(), most);
    }
    return bytes;
}

std::vector<std::byte> Descriptor::read_some(std::int64_t wanted, const std::filesystem::path& path) const {
    constexpr std::size_t kChunk = std::size_t{1} << 20;
    // The stated size is a hint; one byte more tells the end of the file from a file that grows.
    const off_t size = status(path).st_size;
    const std::size_t hint = size > 0 ? static_cast<std::size_t>(size) + 1 : kChunk;
    std::vector<std::byte> bytes;
    std::size_t used = 0;
    while (used < static_cast<std::uint64_t>(wanted)) {
        if (used == bytes.size()) {
            const std::size_t more = std::min(used == 0 ? hint : kChunk, used + 64 * kChunk);
            bytes.resize(
                static_cast<std::size_t>(std::min<std::uint64_t>(static_cast<std::uint64_t>(wanted), used + more)));
        }
        const ssize_t got = ::read(number_, bytes.data() + used, bytes.size() - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail_at("read", path, errno);
        if (got == 0) break;
        used += static_cast<std::size_t>(got);
    }
    bytes.resize(used);
    return bytes;
}

int Descriptor::close_now() {
    const int number = std::exchange(number_, -1);
    return number >= 0 && ::close(number) != 0 ? errno : 0;
}

const char* kind_of(mode_t mode) {
    if (S_ISLNK(mode)) return "a symbolic link";
    if (S_ISDIR(mode)) return "a folder";
    if (S_ISFIFO(mode)) return "a FIFO";
    if (S_ISSOCK(mode)) return "a socket";
    if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
    return "a regular file";
}

void replace_at(int folder, const std::string& name, std::optional<mode_t> mode, const std::filesystem::path& shown,
                const std::function<void(const Sink&)>& fill) {
    Temporary temporary(folder, name, mode, shown);
    Descriptor& file = temporary.file();
    fill([&](std::span<const std::byte> bytes) { file.write(bytes, shown); });
    if (mode && ::fchmod(file.number(), *mode) != 0) fail_at("write", shown, errno);
    if (::fsync(file.number()) != 0) fail_at("write", shown, errno);
    if (const int error = file.close_now(); error != 0) fail_at("write", shown, error);
    if (const int error = temporary.rename_to(name); error != 0) fail_at("write", shown, error);
}

void check_replaceable_at(int folder, const std::string& name, const std::filesystem::path& shown) {
    const Temporary temporary(folder, name, std::nullopt, shown);
}

}  // namespace ricci::runtime
