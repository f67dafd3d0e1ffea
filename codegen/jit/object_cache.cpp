// Entries with a length and a checksum, written beside and renamed; the oldest make room.
#include "codegen/jit/object_cache.h"

#include <algorithm>
#include <cstdlib>
#include <span>
#include <vector>

#include "ir/base/error.h"
#include "runtime/base/sha256.h"
#include "runtime/file/private_folder.h"

namespace ricci::codegen {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "ricci objects 2";
constexpr std::size_t kDigits = 64;        // hex digits of a key, and of a checksum
constexpr std::int64_t kMostHeader = 256;  // bytes, which are more than header_of() makes

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

/// Four lines: what it is, its key, its size, and the checksum of all the rest.
std::string header_of(std::string_view key, std::string_view payload) {
    const std::string named = fmt::format("{}\n{}\n{}\n", kMagic, key, payload.size());
    runtime::Sha256 hash;
    hash.update(bytes_of(named));
    hash.update(bytes_of(payload));
    return named + hash.hex() + "\n";
}

/// The payload of a file that is as it was written, under this key.
std::optional<std::string> payload_of(std::string_view key, std::string_view file) {
    std::size_t end = 0;  // of the fourth line
    for (int line = 0; line < 4; ++line) {
        end = file.find('\n', end);
        if (end == std::string_view::npos) return std::nullopt;
        ++end;
    }
    const std::string_view payload = file.substr(end);
    if (file.substr(0, end) != header_of(key, payload)) return std::nullopt;
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
    try {
        const std::optional<runtime::PrivateFolder> folder = runtime::PrivateFolder::open(folder_);
        if (!folder) return std::nullopt;
        const std::optional<std::vector<std::byte>> file = folder->read(key, most_bytes_ + kMostHeader);
        if (!file) return std::nullopt;
        std::optional<std::string> payload =
            payload_of(key, {reinterpret_cast<const char*>(file->data()), file->size()});
        if (!payload) user_error("{} is damaged, or another program's", (folder_ / key).string());
        folder->touch(key);  // used now: the last to be removed
        return payload;
    } catch (const UserError& error) {
        remark_ = fmt::format("{}; it is not run, and code is made again", error.what());
        return std::nullopt;
    }
}

void ObjectCache::store(const std::string& key, std::string_view bytes) {
    remark_.clear();
    try {
        const runtime::PrivateFolder folder = runtime::PrivateFolder::make(folder_);
        folder.write(key, [&](const runtime::Sink& sink) {
            sink(bytes_of(header_of(key, bytes)));
            sink(bytes_of(bytes));
        });
        evict(folder);
    } catch (const UserError& error) {
        remark_ = fmt::format("{}; machine code is not kept", error.what());
    }
}

void ObjectCache::evict(const runtime::PrivateFolder& folder) const {
    std::vector<runtime::PrivateFolder::Entry> entries = folder.entries();
    // Entries, and what a process that was stopped left of one: "KEY.XXXXXX".
    std::erase_if(entries, [](const auto& entry) { return !is_key(entry.name.substr(0, kDigits)); });
    std::int64_t total = 0;
    for (const auto& entry : entries) total += entry.bytes;
    std::ranges::sort(entries, {}, [](const auto& entry) { return std::pair(entry.used.tv_sec, entry.used.tv_nsec); });
    for (const auto& entry : entries) {
        if (total <= most_bytes_) break;
        folder.remove(entry.name);
        total -= entry.bytes;
    }
}

}  // namespace ricci::codegen
