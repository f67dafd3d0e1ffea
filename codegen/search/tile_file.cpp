// Measured register tiles as lines of JSON, and the words that tell contractions apart.
#include "codegen/search/tile_file.h"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "ir/base/error.h"
#include "ir/loops/prologue.h"
#include "runtime/file/files.h"

namespace ricci::codegen {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::int64_t kMostBytes = std::int64_t{1} << 26;

/// "28", "784n" or "3+784n", n being the batch; "3+0n+5nn" for what grows with its square.
std::string words_of(ir::Size size) {
    if (size.per_pair != 0) return fmt::format("{}+{}n+{}nn", size.fixed, size.per_batch, size.per_pair);
    if (size.per_batch == 0) return fmt::format("{}", size.fixed);
    if (size.fixed == 0) return fmt::format("{}n", size.per_batch);
    return fmt::format("{}+{}n", size.fixed, size.per_batch);
}

std::string words_of(const ir::Stream& stream) {
    std::vector<std::string> strides;
    for (const ir::Size& stride : stream.strides) strides.push_back(words_of(stride));
    std::string words = fmt::format("{} [{}]", words_of(stream.offset), fmt::join(strides, " "));
    for (const ir::Guard& guard : stream.guards) {
        words +=
            fmt::format(" in {} [{}] < {}", guard.offset, fmt::join(guard.coefficients, " "), words_of(guard.extent));
    }
    return words;
}

Json json_of(const TileEntry& entry) {
    Json tile = Json::array();
    for (const ir::Contraction::Block& block : entry.choice.tile)
        tile.push_back({static_cast<int>(block.level), block.count});
    return {{"cpu", entry.cpu},
            {"vector_bytes", entry.vector_bytes},
            {"nest", entry.nest},
            {"vector", static_cast<int>(entry.choice.vector)},
            {"tile", tile},
            {"nanoseconds", std::round(entry.nanoseconds)},
            {"first_nanoseconds", std::round(entry.first_nanoseconds)},
            {"loops", entry.loops}};
}

/// The entry that a line is; nothing for any other line.
std::optional<TileEntry> entry_of(const std::string& line) {
    const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) return std::nullopt;
    auto has = [&](const char* name, auto is) {
        const auto at = json.find(name);
        return at != json.end() && is(*at);
    };
    auto text = [](const Json& value) { return value.is_string(); };
    auto whole = [](const Json& value) { return value.is_number_integer(); };
    auto number = [](const Json& value) { return value.is_number(); };
    auto block = [&](const Json& value) {
        return value.is_array() && value.size() == 2 && std::ranges::all_of(value, whole);
    };
    auto blocks = [&](const Json& value) { return value.is_array() && std::ranges::all_of(value, block); };
    if (!has("cpu", text) || !has("vector_bytes", whole) || !has("nest", text) || !has("vector", whole) ||
        !has("tile", blocks) || !has("nanoseconds", number) || !has("first_nanoseconds", number)) {
        return std::nullopt;
    }
    TileEntry entry{json["cpu"].get<std::string>(),    json["vector_bytes"].get<int>(),
                    json["nest"].get<std::string>(),   {ir::LevelId(json["vector"].get<int>()), {}},
                    json["nanoseconds"].get<double>(), json["first_nanoseconds"].get<double>()};
    if (has("loops", text)) entry.loops = json["loops"].get<std::string>();
    for (const Json& each : json["tile"])
        entry.choice.tile.push_back({ir::LevelId(each[0].get<int>()), each[1].get<std::int64_t>()});
    return entry;
}

/// Keeps other processes from adding to a file of the same folder. One that cannot be locked is used all the same: in a
/// folder of everybody, anybody may hold the lock for good.
class FolderLock {
  public:
    explicit FolderLock(const fs::path& file)
        : folder_(
              ::open(file.has_parent_path() ? file.parent_path().c_str() : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
        if (folder_ < 0) return;
        constexpr std::chrono::milliseconds kBetweenTries{5};
        constexpr std::chrono::seconds kMostWait{5};  // others hold it for milliseconds
        const auto give_up = std::chrono::steady_clock::now() + kMostWait;
        while (::flock(folder_, LOCK_EX | LOCK_NB) != 0 && std::chrono::steady_clock::now() < give_up) {
            std::this_thread::sleep_for(kBetweenTries);
        }
    }
    ~FolderLock() {
        if (folder_ >= 0) ::close(folder_);
    }
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

  private:
    int folder_;
};

}  // namespace

std::string shape_of(const ir::Nest& nest, std::int64_t registers, ir::LevelId split) {
    std::vector<std::string> levels;
    for (const ir::LevelId number : nest.levels.ids()) {
        const ir::Level& level = nest.levels[number];
        const bool own = number >= nest.first_own();
        levels.push_back(
            fmt::format("{}{}{}", own ? "" : "shared ", level.reduced ? "sum " : "", words_of(level.extent)));
    }
    std::string words = fmt::format("{} lanes {} registers {} samples {} split {} operations {} {}loops [{}] to {}",
                                    name_of(nest.equation->body->dtype), nest.lanes, registers, nest.samples, split,
                                    ir::operations(nest.equation->body), nest.accumulates ? "accumulating " : "",
                                    fmt::join(levels, ", "), words_of(nest.left));
    for (const ir::Stream& read : nest.reads) words += " from " + words_of(read);
    if (!nest.whole.empty()) words += fmt::format(" in windows [{}]", fmt::join(nest.whole, " "));
    if (nest.prologue) words += fmt::format(" computed with {} sums", nest.prologue->sums.size());
    return words;
}

bool TileEntry::is_about_same(const TileEntry& other) const {
    return cpu == other.cpu && vector_bytes == other.vector_bytes && nest == other.nest;
}

TileFile read_tiles(const fs::path& path) {
    TileFile file;
    const std::optional<std::vector<std::byte>> bytes = runtime::read_regular_file(path, kMostBytes);
    if (!bytes) return file;
    const std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    // What is something else entirely is not to be written over.
    if (!text.empty() && text.front() != '{') {
        user_error("{} is no file of register tiles, since it does not begin with {{; name another file",
                   path.string());
    }
    int number = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string line = text.substr(at, end - at);
        at = end + 1;
        ++number;
        if (line.empty()) continue;
        if (std::optional<TileEntry> entry = entry_of(line)) {
            file.entries.push_back(std::move(*entry));
            continue;
        }
        file.remarks.push_back(fmt::format("{}:{}: no register tile, ignored", path.string(), number));
        file.other_lines.push_back(std::move(line));
    }
    return file;
}

void add_tiles(const fs::path& path, std::span<const TileEntry> entries) {
    const FolderLock lock(path);
    TileFile file = read_tiles(path);
    for (const TileEntry& entry : entries) {
        std::erase_if(file.entries, [&](const TileEntry& old) { return old.is_about_same(entry); });
        file.entries.push_back(entry);
    }
    std::string text;
    for (const TileEntry& entry : file.entries) text += json_of(entry).dump() + "\n";
    for (const std::string& line : file.other_lines) text += line + "\n";
    runtime::write_file(path, text);
}

}  // namespace ricci::codegen
