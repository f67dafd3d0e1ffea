// Reads and writes .npy. The header is a Python dict literal; only the form that NumPy writes is accepted.
#include "runtime/file/npy.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

#include "ir/base/places.h"
#include "runtime/file/files.h"

namespace ricci::runtime {
namespace {

static_assert(std::endian::native == std::endian::little, "files are little-endian and copied as they are");

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kPreamble = 10;  // magic, version, 16-bit header length
constexpr std::size_t kMostAxes = 64;  // as NumPy's own limit

struct Descr {
    std::string_view text;
    DType dtype;
    std::size_t size;  // in the file
};
constexpr std::array<Descr, 6> kDescrs = {
    {{"<f4", f32, 4}, {"<f8", f64, 8}, {"<i4", i32, 4}, {"<i8", i64, 8}, {"|b1", boolean, 1}, {"|u1", i32, 1}}};

// The header's text, read from left to right; every failure has the offset in the file.
class HeaderReader {
  public:
    HeaderReader(const std::filesystem::path& path, std::string_view text, std::size_t offset)
        : path_(path), text_(text), offset_(offset) {}

    template <typename... Args>
    [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
        user_error("{}: offset {}: {}", path_.string(), offset_ + at_,
                   fmt::format(format, std::forward<Args>(args)...));
    }
    bool accept(char c) {
        skip_spaces();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    void expect(char c) {
        if (!accept(c)) fail("the header has no '{}' here", c);
    }
    std::string_view quoted() {
        expect('\'');
        const std::size_t end = text_.find('\'', at_);
        if (end == std::string_view::npos) fail("a quote in the header is never closed");
        const std::string_view inside = text_.substr(at_, end - at_);
        at_ = end + 1;
        return inside;
    }
    std::string_view word() {
        skip_spaces();
        const std::size_t begin = at_;
        const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
        while (at_ < text_.size() && letter(text_[at_])) ++at_;
        return text_.substr(begin, at_ - begin);
    }
    std::int64_t number() {
        skip_spaces();
        std::int64_t value = 0;
        const char* last = text_.data() + text_.size();
        const auto [end, error] = std::from_chars(text_.data() + at_, last, value);
        if (error != std::errc() || value < 0) fail("the shape has no extent from 0 to 2^63 - 1 here");
        at_ = text_.size() - std::string_view(end, last).size();
        return value;
    }
    void expect_end() {
        skip_spaces();
        if (at_ != text_.size()) fail("the header goes on after its closing brace");
    }

  private:
    void skip_spaces() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    }
    const std::filesystem::path& path_;
    std::string_view text_;
    std::size_t offset_;
    std::size_t at_ = 0;
};

struct Header {
    std::optional<Descr> descr;
    std::optional<bool> fortran;
    std::optional<std::vector<std::int64_t>> shape;
};

Descr read_descr(HeaderReader& reader) {
    const std::string_view text = reader.quoted();
    for (const Descr& descr : kDescrs) {
        if (descr.text == text) return descr;
    }
    if (text.starts_with('>')) reader.fail("dtype '{}' is big-endian; save it in little-endian order", text);
    reader.fail("dtype '{}' is not one of <f4, <f8, <i4, <i8, |b1, |u1", text);
}

bool read_bool(HeaderReader& reader) {
    const std::string_view word = reader.word();
    if (word != "True" && word != "False") reader.fail("fortran_order is neither True nor False");
    return word == "True";
}

std::vector<std::int64_t> read_shape(HeaderReader& reader) {
    std::vector<std::int64_t> shape;
    reader.expect('(');
    while (!reader.accept(')')) {
        if (shape.size() == kMostAxes) reader.fail("the shape has more than {} axes", kMostAxes);
        shape.push_back(reader.number());
        if (!reader.accept(',')) {
            reader.expect(')');
            break;
        }
    }
    return shape;
}

Header read_header(HeaderReader& reader) {
    Header header;
    reader.expect('{');
    while (!reader.accept('}')) {
        const std::string_view key = reader.quoted();
        reader.expect(':');
        if (key == "descr" && !header.descr) {
            header.descr = read_descr(reader);
        } else if (key == "fortran_order" && !header.fortran) {
            header.fortran = read_bool(reader);
        } else if (key == "shape" && !header.shape) {
            header.shape = read_shape(reader);
        } else {
            reader.fail("key '{}' is unknown or there twice", key);
        }
        if (!reader.accept(',')) {
            reader.expect('}');
            break;
        }
    }
    reader.expect_end();
    if (!header.descr || !header.fortran || !header.shape)
        reader.fail("the header lacks one of descr, fortran_order and shape");
    return header;
}

// What a reader of array files asks for: the next bytes, and how many there are in all where that is known.
class Bytes {
  public:
    virtual ~Bytes() = default;
    // Fewer than `wanted` only at the end.
    virtual std::vector<std::byte> next(std::int64_t wanted) = 0;
    virtual std::optional<std::int64_t> size() const = 0;
};

class FileBytes : public Bytes {
  public:
    explicit FileBytes(const std::filesystem::path& path)
        : path_(path), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)) {
        if (!file_.is_open()) fail_at("open", path, errno);
        if (S_ISDIR(file_.status(path).st_mode)) fail_at("read", path, EISDIR);
    }
    std::vector<std::byte> next(std::int64_t wanted) override { return file_.read_some(wanted, path_); }
    std::optional<std::int64_t> size() const override {
        const struct stat status = file_.status(path_);
        return S_ISREG(status.st_mode) ? std::optional<std::int64_t>(status.st_size) : std::nullopt;
    }

  private:
    const std::filesystem::path& path_;
    Descriptor file_;
};

class MemoryBytes : public Bytes {
  public:
    explicit MemoryBytes(std::span<const std::byte> bytes) : all_(std::ssize(bytes)), left_(bytes) {}
    std::vector<std::byte> next(std::int64_t wanted) override {
        const auto taken = left_.first(std::min(left_.size(), static_cast<std::size_t>(wanted)));
        left_ = left_.subspan(taken.size());
        return {taken.begin(), taken.end()};
    }
    std::optional<std::int64_t> size() const override { return all_; }

  private:
    std::int64_t all_;
    std::span<const std::byte> left_;
};

// An array file from front to back: nothing is read before what precedes it says that it belongs there.
class NpyFile {
  public:
    // Reads the preamble and the header. Version 2 only has a longer length field.
    NpyFile(const std::filesystem::path& path, Bytes& bytes) : path_(path), bytes_(bytes) {
        const std::vector<std::byte> start = bytes_.next(kPreamble);
        if (start.size() < kPreamble || std::memcmp(start.data(), kMagic.data(), kMagic.size()) != 0)
            user_error("{}: offset 0: this is not an .npy file: it does not begin with \\x93NUMPY", path.string());
        const int version = std::to_integer<int>(start[6]);
        if (version != 1 && version != 2)
            user_error("{}: offset 6: .npy version {} is not read; save it as version 1 or 2", path.string(), version);
        std::vector<std::byte> field(start.begin() + 8, start.end());
        if (version == 2) {
            const std::vector<std::byte> more = bytes_.next(2);
            field.insert(field.end(), more.begin(), more.end());
            if (more.size() < 2) user_error("{}: offset 8: the file ends in its preamble", path.string());
        }
        std::size_t length = 0;
        for (std::size_t i = 0; i < field.size(); ++i) length |= std::to_integer<std::size_t>(field[i]) << (8 * i);
        header_at_ = 8 + field.size();
        header_ = bytes_.next(static_cast<std::int64_t>(length));
        if (header_.size() < length)
            user_error("{}: offset {}: the header says it has {} bytes but {} are left", path.string(), header_at_,
                       length, header_.size());
    }

    std::size_t header_at() const { return header_at_; }
    std::string_view header() const { return {reinterpret_cast<const char*>(header_.data()), header_.size()}; }
    std::size_t data_at() const { return header_at_ + header_.size(); }
    // The rest, of exactly as many bytes as the header says; of a file of another size none is read.
    std::vector<std::byte> data(std::int64_t stated) const {
        const std::optional<std::int64_t> size = bytes_.size();
        std::int64_t held = size ? *size - static_cast<std::int64_t>(data_at()) : stated;
        std::vector<std::byte> bytes;
        if (held == stated) {
            bytes = bytes_.next(stated < INT64_MAX ? stated + 1 : stated);
            held = static_cast<std::int64_t>(bytes.size());
        }
        if (held != stated)
            user_error("{}: offset {}: the shape says {} bytes of data but {} follow", path_.string(), data_at(),
                       stated, held);
        return bytes;
    }

  private:
    const std::filesystem::path& path_;
    Bytes& bytes_;
    std::size_t header_at_ = 0;
    std::vector<std::byte> header_;
};

void copy_bools(const std::filesystem::path& path, std::span<const std::byte> data, std::size_t offset, Buffer& out) {
    const auto wrong = std::ranges::find_if(data, [](std::byte value) { return std::to_integer<int>(value) > 1; });
    if (wrong != data.end())
        user_error("{}: offset {}: a bool is {}, neither 0 nor 1", path.string(),
                   offset + place_at(data, wrong), std::to_integer<int>(*wrong));
    std::memcpy(out.data(), data.data(), data.size());
}

std::int64_t stated_bytes(const HeaderReader& reader, const std::vector<std::int64_t>& shape, std::size_t size) {
    auto product = static_cast<std::int64_t>(size);
    for (const std::int64_t extent : shape) {
        if (__builtin_mul_overflow(product, extent, &product))
            reader.fail("the shape's bytes do not fit in 64 bits ({} axes)", shape.size());
    }
    return product;
}

// The same array with the last axis contiguous; in the file the first one was.
Buffer from_fortran(const Buffer& file) {
    Buffer out(file.spec());
    const std::vector<std::int64_t>& extents = file.spec().extents;
    const auto size = static_cast<std::int64_t>(size_of(file.spec().dtype));
    std::vector<std::int64_t> at(extents.size(), 0);
    for (std::int64_t i = 0; i < out.elements(); ++i) {
        std::int64_t from = 0;
        for (std::size_t axis = extents.size(); axis-- > 0;) from = from * extents[axis] + at[axis];
        std::copy_n(file.contents().begin() + from * size, size, out.contents().begin() + i * size);
        for (std::size_t axis = extents.size(); axis-- > 0 && ++at[axis] == extents[axis];) at[axis] = 0;
    }
    return out;
}

std::string_view descr_of(DType dtype) {
    for (const Descr& descr : kDescrs) {
        if (descr.dtype == dtype) return descr.text;
    }
    return "";
}

NpyArray read_from(const std::filesystem::path& path, Bytes& bytes) {
    const NpyFile file(path, bytes);
    HeaderReader reader(path, file.header(), file.header_at());
    const Header header = read_header(reader);
    const std::vector<std::byte> data = file.data(stated_bytes(reader, *header.shape, header.descr->size));
    Buffer out(BufferSpec{path.stem().string(), header.descr->dtype, {}, *header.shape});
    const bool of_bytes = header.descr->text == "|u1";
    if (of_bytes) {
        std::ranges::transform(data, out.span<std::int32_t>().begin(),
                               [](std::byte value) { return std::to_integer<std::int32_t>(value); });
    } else if (header.descr->dtype == boolean) {
        copy_bools(path, data, file.data_at(), out);
    } else if (!data.empty()) {
        std::memcpy(out.data(), data.data(), data.size());
    }
    return {*header.fortran && header.shape->size() > 1 ? from_fortran(out) : std::move(out), of_bytes};
}

}  // namespace

NpyArray read_npy_array(const std::filesystem::path& path) {
    FileBytes bytes(path);
    return read_from(path, bytes);
}

NpyArray parse_npy(std::span<const std::byte> file, const std::filesystem::path& shown) {
    MemoryBytes bytes(file);
    return read_from(shown, bytes);
}

Buffer read_npy(const std::filesystem::path& path) {
    return read_npy_array(path).buffer;
}

void write_npy(const std::filesystem::path& path, const Buffer& buffer) {
    if (buffer.spec().dtype == bf16) {  // NumPy has no such numbers; floats hold them
        Buffer wide({buffer.spec().name, f32, buffer.spec().kinds, buffer.spec().extents});
        std::ranges::copy(buffer.span<Bf16>(), wide.span<float>().begin());
        return write_npy(path, wide);
    }
    std::string shape;
    for (const std::int64_t extent : buffer.spec().extents) shape += fmt::format("{}, ", extent);
    if (buffer.spec().extents.size() > 1) shape.resize(shape.size() - 2);
    if (buffer.spec().extents.size() == 1) shape.resize(shape.size() - 1);
    std::string header =
        fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr_of(buffer.spec().dtype), shape);
    // The data starts at a multiple of 64 bytes; the header ends in a newline.
    constexpr std::size_t kDataAlignment = 64;
    while ((kPreamble + header.size() + 1) % kDataAlignment != 0) header += ' ';
    header += '\n';
    std::string preamble(kMagic);
    preamble += {'\x01', '\x00', static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
    write_file(path, [&](const Sink& sink) {
        sink(std::as_bytes(std::span(preamble)));
        sink(std::as_bytes(std::span(header)));
        sink(buffer.contents());
    });
}

}  // namespace ricci::runtime
