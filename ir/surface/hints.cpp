// Tables of operators, ops and letters that these texts do not have.
#include "ir/surface/hints.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace ricci::ir {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::array kOperators = {
    Pair{"**", "pow(a, b)"},
    Pair{"^", "pow(a, b) for a power, or bit_xor(a, b) for the bits of integers"},
    Pair{"%", "mod(a, b)"},
    Pair{"?", "select(c, a, b)"},
    Pair{"!", "not(a)"},
    Pair{"~", "not(a) of a truth value, or bit_not(a) of an integer"},
    Pair{"&", "a && b of truth values, or bit_and(a, b) of integers"},
    Pair{"|", "a || b of truth values, or bit_or(a, b) of integers"},
    Pair{"and", "a && b"},
    Pair{"or", "a || b"},
    Pair{"<<", "shift_left(a, n)"},
    Pair{">>", "shift_right(a, n)"},
};

constexpr std::string_view kDropout =
    "a dropout compares random bits, in an equation: y[b, f] = select(random_uniform(noise.key[], b * 4 + f, 1) < 0.5, 0, 2 * x[b, "
    "f])";
constexpr std::string_view kUniform =
    "random_uniform(key[], place, stream) is from 0 up to 1, random_normal(key[], place, stream) of mean 0 and deviation 1; key is a "
    "state of type i64[]";
constexpr std::string_view kCutOff = "of an element it is min(max(a, 0), 1), of a tensor hard_tanh(x, 0, 1)";
constexpr std::string_view kParts =
    "each part is a slice: p = slice(x, start = 0, stop = 2, over = feature), q = slice(x, start = 2, over = feature)";
constexpr std::string_view kRegrouped =
    "an equation regroups axes: y[b, (c, t)] = x[b, c, t], and back: z[b, c, t] = y[b, (c, t)] where c: channel 2, t: time 3";
constexpr std::string_view kReordered = "an equation orders axes: y[b, y, x, c] = x[b, c, y, x]";
constexpr std::string_view kRepeated = "an equation repeats what it does not index: y[b, f] = x[f] where b: batch ?";

constexpr std::array kOps = {
    Pair{"dropout", kDropout},
    Pair{"split", kParts},         Pair{"chunk", kParts},          Pair{"unbind", kParts},       Pair{"narrow", kParts},
    Pair{"reshape", kRegrouped},   Pair{"view", kRegrouped},       Pair{"squeeze", kRegrouped},  Pair{"unsqueeze", kRegrouped},
    Pair{"permute", kReordered},   Pair{"moveaxis", kReordered},   Pair{"swapaxes", kReordered}, Pair{"expand", kRepeated},
    Pair{"broadcast_to", kRepeated}, Pair{"where", "a choice is an equation: y[b, f] = select(c[b, f], x[b, f], 0)"},
    Pair{"cat", "the op is concat: y = concat(a, b, over = feature)"},
    Pair{"concatenate", "the op is concat: y = concat(a, b, over = feature)"},
    Pair{"einsum", "an equation is one: y[b, o] = x[b, I] * w[o, I]"},
    Pair{"embedding", "a look-up is one: y[b, f] = E[ids[b], f]"},
    Pair{"one_hot", "a comparison is one: y[b, k] = select(ids[b] == k, 1, 0) where k: class 10"},
    Pair{"cast", "an equation converts: y[b, f] = f64(x[b, f])"},
    Pair{"xor", "of truth values it is a != b"},
    Pair{"logical_xor", "of truth values it is a != b"},
    Pair{"logical_and", "of truth values it is a && b"},
    Pair{"logical_or", "of truth values it is a || b"},
    Pair{"logical_not", "of a truth value it is not(a)"},
    Pair{"random", kUniform},      Pair{"rand", kUniform},         Pair{"uniform", kUniform},
    Pair{"normal", kUniform},      Pair{"randn", kUniform},        Pair{"gaussian", kUniform},
    Pair{"clip", kCutOff},         Pair{"clamp", kCutOff},
    Pair{"tan", "it is sin(a) / cos(a)"},
    Pair{"ln", "log is the natural logarithm: log(a)"},
    Pair{"log2", "it is log(a) / log(2)"},
    Pair{"log10", "it is log(a) / log(10)"},
    Pair{"exp2", "it is pow(2, a)"},
    Pair{"isnan", "it is a != a"},
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

std::string_view op_written_as(std::string_view other_op) {
    const auto* row = std::ranges::find(kOps, other_op, &Pair::first);
    return row == kOps.end() ? "" : row->second;
}

std::string unread_gradient(std::string_view name) {
    return fmt::format("{} is a gradient, which no line of a text reads; in C++ grad(y, x) is a value like others", name);
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
