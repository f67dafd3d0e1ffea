// Tables of operators and letters that these texts do not have.
#include "ir/surface/hints.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace ricci::ir {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::array kOperators = {
    Pair{"**", "pow(a, b)"}, Pair{"^", "pow(a, b)"}, Pair{"%", "mod(a, b)"},  Pair{"?", "select(c, a, b)"},
    Pair{"!", "not(a)"},     Pair{"&", "a && b"},    Pair{"and", "a && b"},   Pair{"|", "a || b"},
    Pair{"or", "a || b"},
};

constexpr std::array kLetters = {
    Pair{"σ", "sigmoid(a)"}, Pair{"Σ", "sum(i)"}, Pair{"∑", "sum(i)"}, Pair{"Π", "prod(i)"}, Pair{"∏", "prod(i)"},
    Pair{"Δ", "d, as in dx"}, Pair{"δ", "d, as in dx"}, Pair{"×", "*"},  Pair{"·", "*"},      Pair{"⋅", "*"},
    Pair{"−", "-"},          Pair{"≤", "<="},     Pair{"≥", ">="},    Pair{"≠", "!="},      Pair{"∞", "inf"},
};

/// Characters that nobody sees: a byte order mark, a space that does not break, a space of no width.
constexpr std::array<std::string_view, 3> kInvisible = {"\xef\xbb\xbf", "\xc2\xa0", "\xe2\x80\x8b"};

/// Bytes of the character of UTF-8 that begins the text; 0 for none.
std::size_t length_of_character(std::string_view text) {
    if (text.empty()) return 0;
    const auto first = static_cast<unsigned char>(text[0]);
    const std::size_t length = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
    if (first >= 0xf5 || length == 0 || text.size() < length) return 0;
    const bool whole = std::ranges::all_of(text.substr(1, length - 1),
                                           [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; });
    return whole ? length : 0;
}

}  // namespace

std::string_view said_as(std::string_view other_operator) {
    const auto* row = std::ranges::find(kOperators, other_operator, &Pair::first);
    return row == kOperators.end() ? "" : row->second;
}

std::string found_letter(std::string_view text) {
    const std::size_t length = length_of_character(text);
    const bool invisible = std::ranges::any_of(kInvisible, [&](std::string_view c) { return text.starts_with(c); });
    if (length == 0 || invisible) return "";
    const std::string_view letter = text.substr(0, length);
    const auto* row = std::ranges::find(kLetters, letter, &Pair::first);
    const std::string instead = row == kLetters.end() ? "" : fmt::format("; write {}", row->second);
    return fmt::format("'{}', but texts are of ASCII letters, digits and signs{}", letter, instead);
}

}  // namespace ricci::ir
