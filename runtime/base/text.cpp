// Compares characters of ASCII alone.
#include "runtime/base/text.h"

#include <algorithm>
#include <charconv>

namespace ricci::runtime {

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

}  // namespace ricci::runtime
