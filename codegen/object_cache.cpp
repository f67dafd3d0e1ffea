// Entries with a length and a checksum, written beside and renamed; the oldest make room.
#include "codegen/object_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <system_error>
#include <vector>

#include "ir/base/error.h"
#include "runtime/files.h"
#include "runtime/sha256.h"

namespace ricci::codegen {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "ricci objects 1";
constexpr std::size_t kDigits = 64;  // of a key and of a checksum

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

std::string header_of(std::string_view payload) {
    return fmt::format("{}\n{}\n{}\n", kMagic, payload.size(), runtime::sha256(bytes_of(payload)));
}

/// The payload of a file that is as it was written.
std::optional<std::string> payload_of(std::string_view file) {
    std::size_t end = 0;  // of the third line
    for (int line = 0; line < 3; ++line) {
        end = file.find('\n', end);
        if (end == std::string_view::npos) return std::nullopt;
        ++end;
    }
    std::string_view payload = file.substr(end);
    if (file.substr(0, end) != header_of(payload)) return std::nullopt;
    return std::string(payload);
}

bool is_key(std::string_view name) {
    return name.size() == kDigits && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string value_of(const char* variable) {
    const char* value = std::getenv(variable);
    return value == nullptr ? "" : value;
}

}  // namespace

ObjectCache::ObjectCache(fs::path folder, std::int64_t most_bytes)
    : folder_(std::move(folder)), most_bytes_(most_bytes) {}

fs::path ObjectCache::default_folder() {
    if (std::getenv("RICCI_CACHE") != nullptr) {
        const std::string own = value_of("RICCI_CACHE");
        return own == "off" ? fs::path() : fs::path(own);
    }
    // A relative path is no place for a cache, as the XDG base directory specification says.
    if (const fs::path base = value_of("XDG_CACHE_HOME"); base.is_absolute()) return base / "ricci";
    if (const fs::path home = value_of("HOME"); home.is_absolute()) return home / ".cache" / "ricci";
    return {};
}

std::optional<std::string> ObjectCache::load(const std::string& key) {
    remark_.clear();
    const fs::path path = folder_ / key;
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return std::nullopt;
    if (status.st_uid != ::geteuid()) {
        remark_ = fmt::format("{} belongs to another user and is not run", path.string());
        return std::nullopt;
    }
    try {
        const std::vector<std::byte> file = runtime::read_file(path, most_bytes_);
        std::optional<std::string> payload = payload_of({reinterpret_cast<const char*>(file.data()), file.size()});
        if (!payload) remark_ = fmt::format("{} is damaged and is made again", path.string());
        if (payload) ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0);  // used now: the last to be removed
        return payload;
    } catch (const UserError& error) {
        remark_ = error.what();
        return std::nullopt;
    }
}

void ObjectCache::store(const std::string& key, std::string_view bytes) {
    remark_.clear();
    try {
        std::error_code failed;
        if (fs::create_directories(folder_, failed)) fs::permissions(folder_, fs::perms::owner_all, failed);
        runtime::write_file(folder_ / key, [&](const runtime::Sink& sink) {
            sink(bytes_of(header_of(bytes)));
            sink(bytes_of(bytes));
        });
    } catch (const UserError& error) {
        remark_ = fmt::format("{}; machine code is not kept", error.what());
        return;
    }
    evict();
}

void ObjectCache::evict() {
    struct Entry {
        fs::path path;
        fs::file_time_type used;
        std::int64_t bytes;
    };
    std::vector<Entry> entries;
    std::int64_t total = 0;
    // Other processes may remove files meanwhile: whatever has gone counts for nothing.
    std::error_code failed;
    for (fs::directory_iterator at(folder_, failed), end; !failed && at != end; at.increment(failed)) {
        // Entries, and what a process that was stopped left of one: "KEY.XXXXXX".
        if (!is_key(at->path().filename().string().substr(0, kDigits))) continue;
        std::error_code gone;
        const Entry entry{at->path(), at->last_write_time(gone), static_cast<std::int64_t>(at->file_size(gone))};
        if (gone) continue;
        entries.push_back(entry);
        total += entry.bytes;
    }
    std::ranges::sort(entries, {}, &Entry::used);
    for (const Entry& entry : entries) {
        if (total <= most_bytes_) break;
        fs::remove(entry.path, failed);
        total -= entry.bytes;
    }
}

}  // namespace ricci::codegen
