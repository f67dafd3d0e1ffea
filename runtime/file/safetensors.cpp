// The safetensors header (JSON) and the data behind it.
#include "runtime/file/safetensors.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "runtime/base/text.h"
#include "runtime/file/files.h"

namespace ricci::runtime {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLengthField = 8;
constexpr std::uint64_t kMostHeader = 100'000'000;  // the format's own limit
constexpr std::size_t kMostAxes = 64;
constexpr int kDeepest = 3;  // header, tensor, shape

constexpr std::array<std::pair<DType, std::string_view>, 6> kNames = {
    {{f32, "F32"}, {f64, "F64"}, {i32, "I32"}, {i64, "I64"}, {boolean, "BOOL"}, {bf16, "BF16"}}};

std::string_view format_name(DType dtype) {
    return std::ranges::find(kNames, dtype, [](const auto& entry) { return entry.first; })->second;
}

// One entry of the header: a tensor and where its bytes are, from the end of the header.
struct Entry {
    BufferSpec spec;
    std::int64_t begin = 0;
    std::int64_t end = 0;
};

class Reader {
  public:
    explicit Reader(const std::filesystem::path& path) : path_(path), bytes_(read_file(path)) {}

    Safetensors read() {
        const Json header = parse_header();
        Safetensors result;
        std::vector<Entry> entries;
        for (const auto& [name, value] : header.items()) {
            if (name == "__metadata__") {
                result.metadata = read_metadata(value);
            } else {
                entries.push_back(read_entry(name, value));
            }
        }
        std::ranges::sort(entries, {}, [](const Entry& entry) { return std::pair(entry.begin, entry.end); });
        check_cover(entries);
        for (Entry& entry : entries) {
            Buffer& buffer = result.tensors.emplace_back(std::move(entry.spec));
            const std::span<std::byte> to = buffer.contents();
            std::ranges::copy(std::span(bytes_).subspan(offset_of(entry.begin), to.size()), to.begin());
            check_bools(buffer, entry.begin);
        }
        return result;
    }

  private:
    template <typename... Args>
    [[noreturn]] void fail(std::size_t offset, fmt::format_string<Args...> format, Args&&... args) const {
        user_error("{}: offset {}: {}", path_.string(), offset, fmt::format(format, std::forward<Args>(args)...));
    }
    template <typename... Args>
    [[noreturn]] void fail_at(const std::string& name, fmt::format_string<Args...> format, Args&&... args) const {
        user_error("{}: tensor \"{}\": {}", path_.string(), name, fmt::format(format, std::forward<Args>(args)...));
    }

    Json parse_header() {
        if (bytes_.size() < kLengthField)
            fail(0, "this is not a safetensors file: it has {} bytes and no header length", bytes_.size());
        std::size_t length = 0;
        for (std::size_t i = 0; i < kLengthField; ++i) length |= std::to_integer<std::size_t>(bytes_[i]) << (8 * i);
        if (length > kMostHeader) fail(0, "the header says it has {} bytes, more than {}", length, kMostHeader);
        if (length > bytes_.size() - kLengthField)
            fail(0, "the header says it has {} bytes but {} follow", length, bytes_.size() - kLengthField);
        data_at_ = kLengthField + length;
        data_bytes_ = static_cast<std::int64_t>(bytes_.size() - data_at_);
        const auto* text = reinterpret_cast<const char*>(bytes_.data()) + kLengthField;
        if (length == 0 || *text != '{') fail(kLengthField, "the header does not begin with '{{'");
        try {
            Json header = Json::parse(text, text + length, keep_sane());
            if (!header.is_object()) fail(kLengthField, "the header is not a JSON object");
            return header;
        } catch (const Json::parse_error& error) {
            fail(kLengthField + (error.byte > 0 ? error.byte - 1 : 0), "the header is not valid JSON");
        }
    }

    // Refuses deep nesting and names given twice while the header is read.
    Json::parser_callback_t keep_sane() const {
        return [this, seen = std::set<std::string>()](int depth, Json::parse_event_t event, Json& value) mutable {
            if (depth > kDeepest) fail(kLengthField, "the header is nested deeper than {} levels", kDeepest);
            if (event == Json::parse_event_t::key && depth == 1 && !seen.insert(value.get<std::string>()).second)
                fail_at(value.get<std::string>(), "the header names it twice");
            return true;
        };
    }

    std::map<std::string, std::string> read_metadata(const Json& value) const {
        std::map<std::string, std::string> metadata;
        if (!value.is_object()) fail(kLengthField, "__metadata__ is not an object of strings");
        for (const auto& [key, text] : value.items()) {
            if (!text.is_string()) fail(kLengthField, "__metadata__ \"{}\" is not a string", key);
            metadata[key] = text.get<std::string>();
        }
        return metadata;
    }

    std::int64_t whole_number(const std::string& name, const Json& value, const char* what) const {
        if (!value.is_number_unsigned() || value.get<std::uint64_t>() > INT64_MAX)
            fail_at(name, "{} is not a whole number from 0 to 2^63 - 1", what);
        return value.get<std::int64_t>();
    }

    const Json& field(const std::string& name, const Json& value, const char* key) const {
        if (!value.is_object() || !value.contains(key)) fail_at(name, "the header gives no {}", key);
        return value[key];
    }

    Entry read_entry(const std::string& name, const Json& value) const {
        Entry entry;
        entry.spec.name = name;
        const Json& dtype = field(name, value, "dtype");
        const Json& shape = field(name, value, "shape");
        const Json& offsets = field(name, value, "data_offsets");
        if (value.size() != 3) fail_at(name, "the header gives more than dtype, shape and data_offsets");
        if (!dtype.is_string()) fail_at(name, "dtype is not a string");
        const auto& text = dtype.get_ref<const std::string&>();
        const auto known = std::ranges::find(kNames, text, [](const auto& pair) { return pair.second; });
        if (known == kNames.end()) fail_at(name, "dtype \"{}\" is not one of F32, F64, I32, I64, BOOL, BF16", text);
        entry.spec.dtype = known->first;

        if (!shape.is_array() || shape.size() > kMostAxes) fail_at(name, "shape is not a list of up to {}", kMostAxes);
        auto bytes = static_cast<std::int64_t>(size_of(entry.spec.dtype));
        for (const Json& extent : shape) {
            entry.spec.extents.push_back(whole_number(name, extent, "an extent"));
            if (__builtin_mul_overflow(bytes, entry.spec.extents.back(), &bytes))
                fail_at(name, "the shape's bytes do not fit in 64 bits");
        }
        if (!offsets.is_array() || offsets.size() != 2) fail_at(name, "data_offsets is not a list of 2");
        entry.begin = whole_number(name, offsets[0], "a data offset");
        entry.end = whole_number(name, offsets[1], "a data offset");
        if (entry.begin > entry.end || entry.end > data_bytes_)
            fail_at(name, "data_offsets {} to {} are not within the {} bytes of data", entry.begin, entry.end,
                    data_bytes_);
        if (entry.end - entry.begin != bytes)
            fail_at(name, "its shape needs {} bytes but data_offsets {} to {} hold {}", bytes, entry.begin, entry.end,
                    entry.end - entry.begin);
        return entry;
    }

    /// Where a byte of the data stands in the file.
    std::size_t offset_of(std::int64_t place) const { return data_at_ + static_cast<std::size_t>(place); }

    void check_cover(const std::vector<Entry>& entries) const {
        std::int64_t expected = 0;
        for (const Entry& entry : entries) {
            if (entry.begin != expected)
                fail_at(entry.spec.name, "its data begin at {} but the data before end at {}", entry.begin, expected);
            expected = entry.end;
        }
        if (expected != data_bytes_)
            fail(offset_of(expected), "{} bytes after the last tensor belong to none",
                 data_bytes_ - expected);
    }

    void check_bools(const Buffer& buffer, std::int64_t begin) const {
        if (buffer.spec().dtype != boolean) return;
        const auto* values = static_cast<const unsigned char*>(buffer.data());
        for (std::int64_t i = 0; i < buffer.bytes(); ++i) {
            if (values[i] > 1)
                fail(offset_of(begin + i), "a BOOL is {}, neither 0 nor 1", values[i]);
        }
    }

    const std::filesystem::path& path_;
    std::vector<std::byte> bytes_;
    std::size_t data_at_ = 0;
    std::int64_t data_bytes_ = 0;
};

std::string header_of(const std::filesystem::path& path, std::span<const Buffer* const> tensors,
                      const std::map<std::string, std::string>& metadata) {
    const auto check = [&](const char* what, const std::string& name, const std::string& words) {
        if (as_utf8(words) != words)
            user_error("cannot write {}: {} \"{}\" is not valid UTF-8", path.string(), what, as_utf8(name));
    };
    for (const Buffer* tensor : tensors) check("the tensor's name", tensor->spec().name, tensor->spec().name);
    for (const auto& [key, words] : metadata) check("the note", key, key + words);
    auto header = nlohmann::ordered_json::object();
    if (!metadata.empty()) header["__metadata__"] = metadata;
    std::int64_t offset = 0;
    for (const Buffer* tensor : tensors) {
        const BufferSpec& spec = tensor->spec();
        if (spec.name == "__metadata__" || header.contains(spec.name))
            user_error("cannot write {}: two tensors would be named \"{}\"", path.string(), spec.name);
        header[spec.name] = {{"dtype", format_name(spec.dtype)},
                             {"shape", spec.extents},
                             {"data_offsets", {offset, offset + tensor->bytes()}}};
        offset += tensor->bytes();
    }
    std::string text = header.dump();
    while (text.size() % kLengthField != 0) text += ' ';
    return text;
}

}  // namespace

const Buffer& Safetensors::at(const std::string& name) const {
    std::string known;
    for (const Buffer& tensor : tensors) {
        if (tensor.spec().name == name) return tensor;
        known += fmt::format("{}{}", known.empty() ? "" : ", ", tensor.spec().name);
    }
    user_error("the file has no tensor \"{}\"; it has {}", name, known.empty() ? "none" : known);
}

void write_safetensors(const std::filesystem::path& path, std::span<const Buffer* const> tensors,
                       const std::map<std::string, std::string>& metadata) {
    const std::string header = header_of(path, tensors, metadata);
    std::array<std::byte, kLengthField> length{};
    for (std::size_t i = 0; i < kLengthField; ++i) length[i] = static_cast<std::byte>(header.size() >> (8 * i));
    write_file(path, [&](const Sink& sink) {
        sink(length);
        sink(std::as_bytes(std::span(header)));
        for (const Buffer* tensor : tensors)
            sink(tensor->contents());
    });
}

Safetensors read_safetensors(const std::filesystem::path& path) {
    return Reader(path).read();
}

}  // namespace ricci::runtime
