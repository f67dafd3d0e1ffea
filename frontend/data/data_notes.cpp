// A line for each fact: its word, then its value.
#include "frontend/data/data_notes.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "ir/base/error.h"
#include "ricci/data_files.h"
#include "runtime/base/text.h"

namespace ricci {
namespace {

constexpr std::int64_t kMostClasses = 1'000'000'000;  // classes, and the largest extent of a picture

[[noreturn]] void refuse(const std::string& line) {
    user_error("the notes of the data hold the line \"{}\", which says no scale, number or name of classes, vocabulary, or size of pictures",
               line);
}

template <typename Number>
Number number_of(std::string_view text, const std::string& line) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) refuse(line);
    return value;
}

std::string hex_of(const std::string& text) {
    std::string hex;
    for (const char c : text) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return hex;
}

std::string text_of_hex(std::string_view hex, const std::string& line) {
    std::string text;
    if (hex.size() % 2 != 0) refuse(line);
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        unsigned value = 0;
        const auto [end, error] = std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
        if (error != std::errc() || end != hex.data() + i + 2) refuse(line);
        text += static_cast<char>(value);
    }
    return text;
}

}  // namespace

std::string DataNotes::text() const {
    std::string text;
    for (const PixelScale& scale : scales) text += fmt::format("scale {} {}\n", scale.mean, scale.deviation);
    if (classes > 0) text += fmt::format("classes {}\n", classes);
    for (std::string name : class_names) {
        std::ranges::replace_if(name, [](char c) { return c == '\n' || c == '\r'; }, ' ');
        text += fmt::format("class {}\n", runtime::as_utf8(name));
    }
    if (!vocabulary.empty()) text += fmt::format("vocabulary {}\n", hex_of(vocabulary));
    if (picture.height > 0) text += fmt::format("picture {} {} {}\n", picture.channels, picture.height, picture.width);
    return text;
}

DataNotes DataNotes::of(const std::string& text) {
    DataNotes notes;
    for (const std::string& line : runtime::lines_of(text)) {
        const std::size_t space = line.find(' ');
        if (space == std::string::npos) refuse(line);
        const std::string_view word = std::string_view(line).substr(0, space);
        const std::string_view value = std::string_view(line).substr(space + 1);
        if (word == "scale") {
            const std::size_t second = value.find(' ');
            if (second == std::string_view::npos) refuse(line);
            const PixelScale scale{number_of<double>(value.substr(0, second), line),
                                   number_of<double>(value.substr(second + 1), line)};
            if (!std::isfinite(scale.mean) || !std::isfinite(scale.deviation) || scale.deviation <= 0) refuse(line);
            notes.scales.push_back(scale);
        } else if (word == "classes") {
            notes.classes = number_of<std::int64_t>(value, line);
            if (notes.classes < 1 || notes.classes > kMostClasses) refuse(line);
        } else if (word == "class") {
            notes.class_names.emplace_back(value);
        } else if (word == "vocabulary") {
            notes.vocabulary = text_of_hex(value, line);
        } else if (word == "picture") {
            const std::size_t second = value.find(' ');
            const std::size_t third = second == std::string_view::npos ? second : value.find(' ', second + 1);
            if (third == std::string_view::npos) refuse(line);
            notes.picture = {number_of<std::int64_t>(value.substr(0, second), line),
                             number_of<std::int64_t>(value.substr(second + 1, third - second - 1), line),
                             number_of<std::int64_t>(value.substr(third + 1), line)};
            for (const std::int64_t extent : {notes.picture.channels, notes.picture.height, notes.picture.width}) {
                if (extent < 1 || extent > kMostClasses) refuse(line);
            }
        } else {
            refuse(line);
        }
    }
    return notes;
}

}  // namespace ricci
