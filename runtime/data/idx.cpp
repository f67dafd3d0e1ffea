// The IDX files of MNIST, read as hostile files.
#include "runtime/data/idx.h"

#include <algorithm>
#include <array>
#include <optional>

#include "ir/base/error.h"
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

}  // namespace

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
