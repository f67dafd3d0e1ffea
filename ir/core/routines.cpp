// The runtime's routines, a row each: those of convolutions from the list that the runtime reads too.
#include "ir/core/routines.h"

#include <algorithm>
#include <array>

#include "ir/base/convolution_routines.h"

namespace ricci::ir {
namespace {

#define RICCI_CONVOLUTION_ONE(...) +1
constexpr std::int64_t kConvolutionRoutines = 0 RICCI_CONVOLUTION_ROUTINES(RICCI_CONVOLUTION_ONE);
#undef RICCI_CONVOLUTION_ONE

// A row for each of the list, in its order.
constexpr auto kRoutines = std::to_array<Routine>({
#define RICCI_CONVOLUTION_ROW(word, chosen_unasked, bound, side, other_side, meaning) \
    {.name = #word,                                                     \
     .form = Routine::Form::convolution,                                \
     .summary = meaning,                                                \
     .error_bound = bound,                                              \
     .symbol = kConvolutionSymbol,                                      \
     .number = static_cast<std::int64_t>(ConvolutionMethod::word),      \
     .chosen = chosen_unasked,                                          \
     .bf16 = std::string_view(#word).starts_with("bf16"),               \
     .sides = {side, other_side}},
    RICCI_CONVOLUTION_ROUTINES(RICCI_CONVOLUTION_ROW)
#undef RICCI_CONVOLUTION_ROW
    {.name = "bf16",
     .form = Routine::Form::product,
     .summary = "a product of matrices of bf16, by the processor's instructions for it",
     .error_bound = 2e-6,
     .symbol = "ricci_gemm_bf16",
     .number = kConvolutionRoutines,
     .chosen = true,
     .bf16 = true},
});

}  // namespace

std::span<const Routine> routines() {
    return kRoutines;
}

const Routine* routine_named(std::string_view name) {
    const auto found = std::ranges::find(kRoutines, name, &Routine::name);
    return found == kRoutines.end() ? nullptr : &*found;
}

}  // namespace ricci::ir
