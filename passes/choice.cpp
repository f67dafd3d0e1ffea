// The one table of the words for choices.
#include "passes/choice.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "ir/base/error.h"

namespace ricci {

// Each in the order of the enumerators.
template <>
std::span<const std::string_view> words_of<Layout>() {
    static constexpr std::array<std::string_view, 4> kWords = {"auto", "keep", "nchw", "nhwc"};
    return kWords;
}
template <>
std::span<const std::string_view> words_of<Convolution>() {
    static constexpr std::array<std::string_view, 7> kWords = {"auto",      "im2col", "blocks", "winograd",
                                                               "winograd2", "direct", "naive"};
    return kWords;
}
template <>
std::span<const std::string_view> words_of<Gemm>() {
    static constexpr std::array<std::string_view, 4> kWords = {"auto", "blas", "contraction", "loops"};
    return kWords;
}
template <>
std::span<const std::string_view> words_of<Precision>() {
    static constexpr std::array<std::string_view, 3> kWords = {"f32", "bf16", "bf16-all"};
    return kWords;
}

namespace passes {
namespace {

template <typename Enum>
Enum find(std::string_view what, std::string_view word) {
    const std::span<const std::string_view> words = words_of<Enum>();
    const auto found = std::ranges::find(words, word);
    if (found == words.end()) user_error("unknown {} \"{}\"; there are {}", what, word, fmt::join(words, ", "));
    return static_cast<Enum>(found - words.begin());
}

}  // namespace

template <>
Layout choice_named<Layout>(std::string_view word) {
    return find<Layout>("layout", word);
}
template <>
ricci::Convolution choice_named<ricci::Convolution>(std::string_view word) {
    return find<ricci::Convolution>("convolution", word);
}
template <>
Gemm choice_named<Gemm>(std::string_view word) {
    return find<Gemm>("way to multiply matrices", word);
}
template <>
Precision choice_named<Precision>(std::string_view word) {
    return find<Precision>("precision", word);
}

}  // namespace passes
}  // namespace ricci
