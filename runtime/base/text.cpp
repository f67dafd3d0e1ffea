// Compares characters of ASCII alone.
#include "runtime/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace ricci::runtime {
namespace {

/// Bytes of the character that begins the text; 0 where none does. That is a stray byte, a longer form than needed, a
/// surrogate, or a number above 0x10FFFF.
std::size_t character_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
    }
    const bool is_long = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
    const bool is_none = (first == 0xED && byte(1) > 0x9F) || (first == 0xF4 && byte(1) > 0x8F);
    return is_long || is_none ? 0 : length;
}

}  // namespace

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.emplace_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::vector<std::int64_t> whole_numbers(std::string_view line) {
    std::vector<std::int64_t> numbers;
    for (;;) {
        const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
        line.remove_prefix(begin);
        if (line.empty()) return numbers;
        const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
        std::int64_t number = 0;
        const auto [rest, error] = std::from_chars(line.data(), line.data() + end, number);
        if (error != std::errc() || rest != line.data() + end) return {};
        numbers.push_back(number);
        line.remove_prefix(end);
    }
}

std::string lower(std::string_view text) {
    std::string small(text);
    for (char& c : small) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return small;
}

std::string as_utf8(std::string_view text) {
    std::string all;
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        if (length == 0) {
            all += fmt::format("\\x{:02X}", static_cast<unsigned char>(text.front()));
        } else {
            all += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return all;
}

}  // namespace ricci::runtime
