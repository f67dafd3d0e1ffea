// The IDX files of MNIST, read as hostile files.
#include "runtime/data/idx.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

#include <fmt/ranges.h>

#include "ir/base/error.h"
#include "runtime/base/text.h"
#include "runtime/file/byte_source.h"
#include "runtime/file/files.h"

namespace ricci::runtime {
namespace {

// 0, 0, type 8 = unsigned byte, number of axes.
constexpr std::uint32_t kImagesMagic = 0x00000803;
constexpr std::uint32_t kLabelsMagic = 0x00000801;

class IdxReader {
  public:
    explicit IdxReader(const std::filesystem::path& path) : path_(path), source_(path) {}

    template <typename... Args>
    [[noreturn]] void fail(std::int64_t offset, fmt::format_string<Args...> format, Args&&... args) const {
        user_error("{}: offset {}: {}", path_.string(), offset, fmt::format(format, std::forward<Args>(args)...));
    }

    void expect_magic(std::uint32_t magic, const char* what) {
        const std::uint32_t found = number("magic number");
        if (found == magic) return;
        const char* hint = found == kImagesMagic   ? "; this is a file of images"
                           : found == kLabelsMagic ? "; this is a file of labels"
                                                   : "";
        fail(0, "the magic number is 0x{:08x} but IDX {} have 0x{:08x}{}", found, what, magic, hint);
    }

    std::uint32_t number(const char* what) {
        std::array<std::byte, 4> bytes{};
        const std::int64_t offset = source_.offset();
        const std::size_t got = source_.read(bytes);
        if (got < bytes.size()) fail(offset, "the file ends within the {}: {} of 4 bytes", what, got);
        std::uint32_t value = 0;
        for (const std::byte byte : bytes) value = value << 8 | std::to_integer<std::uint32_t>(byte);
        return value;
    }

    // The rest of the file, which must be exactly `expected` bytes. Memory grows with what is found.
    std::vector<std::uint8_t> rest(std::int64_t expected, const std::string& why) {
        constexpr std::int64_t kFirst = 1 << 20;
        const std::int64_t begin = source_.offset();
        std::vector<std::uint8_t> bytes;
        while (static_cast<std::int64_t>(bytes.size()) < expected) {
            const std::size_t used = bytes.size();
            const auto grown = std::min(expected, std::max(kFirst, static_cast<std::int64_t>(2 * used)));
            bytes.resize(static_cast<std::size_t>(grown));
            const std::size_t got = source_.read(std::as_writable_bytes(std::span(bytes).subspan(used)));
            if (got < bytes.size() - used)
                fail(source_.offset(), "the file ends after {} bytes of data but {} need {}", used + got, why,
                     expected);
        }
        std::array<std::byte, 1> more{};
        if (source_.read(more) > 0)
            fail(begin + expected, "the file goes on after the {} bytes that {} need", expected, why);
        return bytes;
    }

  private:
    const std::filesystem::path& path_;
    ByteSource source_;
};

void read_images(const std::filesystem::path& path, Dataset& data) {
    IdxReader reader(path);
    reader.expect_magic(kImagesMagic, "images");
    data.count = reader.number("number of images");
    data.height = reader.number("height");
    data.width = reader.number("width");
    if (data.count == 0) reader.fail(4, "the file holds no images");
    if (data.height == 0 || data.width == 0) reader.fail(8, "the images are {} x {}", data.height, data.width);
    std::int64_t bytes = 0;
    if (__builtin_mul_overflow(data.height, data.width, &bytes) || __builtin_mul_overflow(bytes, data.count, &bytes))
        reader.fail(4, "{} images of {} x {} cannot be", data.count, data.height, data.width);
    data.pixels = reader.rest(bytes, fmt::format("{} images of {} x {}", data.count, data.height, data.width));
}

void read_labels(const std::filesystem::path& path, Dataset& data) {
    constexpr std::int64_t kDataAt = 8;
    IdxReader reader(path);
    reader.expect_magic(kLabelsMagic, "labels");
    const std::int64_t count = reader.number("number of labels");
    const std::vector<std::uint8_t> labels = reader.rest(count, fmt::format("{} labels", count));
    const auto wrong = std::ranges::find_if(labels, [&](std::uint8_t label) { return label >= data.classes; });
    if (wrong != labels.end())
        reader.fail(kDataAt + (wrong - labels.begin()), "label {} is {} but there are classes 0 to {}",
                    wrong - labels.begin(), *wrong, data.classes - 1);
    data.labels.assign(labels.begin(), labels.end());
}

std::optional<std::filesystem::path> find_file(const std::filesystem::path& folder, const std::string& stem,
                                               const std::string& axes) {
    for (const char* separator : {"-", "."}) {
        for (const char* packed : {"", ".gz"}) {
            std::filesystem::path path = folder / (stem + separator + axes + "-ubyte" + packed);
            if (is_there(path)) return path;
        }
    }
    return std::nullopt;
}

constexpr std::string_view kTrainImages = "train-images";
constexpr std::string_view kSplits = "emnist-";

/// What stands before "train-images" in the names of a folder's files: "" for MNIST, "emnist-letters-", ...
std::set<std::string> prefixes(const std::filesystem::path& folder) {
    std::set<std::string> found;
    std::error_code failed;
    for (std::filesystem::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
        const std::string name = it->path().filename().string();
        const std::size_t at = name.find(kTrainImages);
        if (at == 0 || (at != std::string::npos && name.starts_with(kSplits))) found.insert(name.substr(0, at));
    }
    return found;
}

/// Rows become columns: EMNIST was written column by column.
void put_upright(Dataset& data) {
    const std::vector<std::uint8_t> lying = data.pixels;
    const std::int64_t area = data.height * data.width;
    for (std::int64_t i = 0; i < std::ssize(lying); ++i) {
        const std::int64_t y = i % area / data.width;
        const std::int64_t x = i % data.width;
        data.pixels.begin()[i / area * area + x * data.height + y] = lying.begin()[i];
    }
    std::swap(data.height, data.width);
}

/// Lines "LABEL CODE [CODE]", where a code is that of a character.
std::vector<std::string> read_mapping(const std::filesystem::path& path, std::int64_t first, std::int64_t classes) {
    constexpr std::int64_t kMostBytes = 1 << 16;
    const std::vector<std::byte> bytes = read_file(path, kMostBytes);
    std::vector<std::string> names(static_cast<std::size_t>(classes));
    std::int64_t count = 0;
    for (const std::string& line : lines_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()})) {
        const std::vector<std::int64_t> numbers = whole_numbers(line);
        if (numbers.size() < 2) continue;
        const std::int64_t label = numbers[0], code = numbers[1];
        if (label < first || label - first >= classes || code < 32 || code > 126)
            user_error("{}: label {} with character {} is none of the {} classes", path.string(), label, code, classes);
        names.begin()[label - first] = std::string(1, static_cast<char>(code));
        ++count;
    }
    if (count != classes) user_error("{} names {} classes but there are {}", path.string(), count, classes);
    return names;
}

TrainTest load_split(const std::filesystem::path& folder, const std::string& prefix) {
    constexpr std::int64_t kAnyLabel = 256;
    const auto load = [&](const char* part) {
        const auto find = [&](const char* what, const char* axes) {
            const std::string stem = prefix + part + what;
            const auto found = find_file(folder, stem, axes);
            if (!found) user_error("{} lacks {}-{}-ubyte (plain or .gz)", folder.string(), stem, axes);
            return *found;
        };
        const std::string name = fmt::format("EMNIST {}", part);
        Dataset data = load_idx(find("-images", "idx3"), find("-labels", "idx1"), kAnyLabel, name);
        put_upright(data);
        return data;
    };
    TrainTest sets{load("train"), load("test")};
    const std::int32_t first = std::min<std::int32_t>(1, std::ranges::min(sets.train.labels));
    const std::int64_t classes = std::ranges::max(sets.train.labels) - first + 1;
    const std::filesystem::path mapping = folder / (prefix + "mapping.txt");
    const std::vector<std::string> names =
        is_there(mapping) ? read_mapping(mapping, first, classes) : std::vector<std::string>();
    for (Dataset* data : {&sets.train, &sets.test}) {
        data->classes = classes;
        data->class_names = names;
        for (std::int32_t& label : data->labels) {
            if (label < first || label - first >= classes)
                user_error("{}: label {} of the set {} is none of the training's {} to {}", folder.string(), label,
                           data->name, first, first + classes - 1);
            label -= first;
        }
    }
    return sets;
}

}  // namespace

bool holds_idx(const std::filesystem::path& folder) {
    return !prefixes(folder).empty();
}

TrainTest load_idx_folder(const std::filesystem::path& folder) {
    const std::set<std::string> found = prefixes(folder);
    if (found.size() > 1)
        user_error("{} holds several sets of images: {}; give each a folder of its own", folder.string(),
                   fmt::join(found, ", "));
    if (found.empty() || found.begin()->empty()) return load_mnist(folder);
    return load_split(folder, *found.begin());
}

Dataset load_idx(const std::filesystem::path& images, const std::filesystem::path& labels, std::int64_t classes,
                 std::string name) {
    Dataset data;
    data.name = std::move(name);
    data.classes = classes;
    read_images(images, data);
    read_labels(labels, data);
    if (static_cast<std::int64_t>(data.labels.size()) != data.count)
        user_error("{} holds {} images but {} holds {} labels; they are not of one set", images.string(), data.count,
                   labels.string(), data.labels.size());
    return data;
}

TrainTest load_mnist(const std::filesystem::path& folder) {
    constexpr std::int64_t kDigits = 10;
    std::error_code ignored;
    if (!is_there(folder) || !std::filesystem::is_directory(folder, ignored))
        user_error("{} is not a folder; name the one that holds the MNIST files", folder.string());
    std::string missing;
    const auto find = [&](const char* stem, const char* axes) {
        const auto found = find_file(folder, stem, axes);
        if (!found) missing += fmt::format("{}{}-{}-ubyte", missing.empty() ? "" : ", ", stem, axes);
        return found.value_or("");
    };
    const auto train_images = find("train-images", "idx3");
    const auto train_labels = find("train-labels", "idx1");
    const auto test_images = find("t10k-images", "idx3");
    const auto test_labels = find("t10k-labels", "idx1");
    if (!missing.empty())
        user_error("{} lacks {} (plain or .gz); fetch them with: ricci data mnist", folder.string(), missing);
    return {load_idx(train_images, train_labels, kDigits, "MNIST train"),
            load_idx(test_images, test_labels, kDigits, "MNIST test")};
}

}  // namespace ricci::runtime
