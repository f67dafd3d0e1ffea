// The runtime's routines, a row each.
#include "ir/core/routines.h"

#include <algorithm>
#include <array>

namespace ricci::ir {
namespace {

constexpr std::string_view kConvolution = "ricci_convolution_f32";

constexpr std::array<Routine, 3> kRoutines = {{
    {.name = "blocks",
     .form = Routine::Form::convolution,
     .summary = "patches of a block of positions at a time, packed and multiplied in the second-level cache",
     .error_bound = 1e-6,
     .symbol = kConvolution,
     .number = 0},
    {.name = "winograd2",
     .form = Routine::Form::convolution,
     .summary = "Winograd's filtering F(2x2, 3x3)",
     .error_bound = 2e-6,
     .symbol = kConvolution,
     .number = 1,
     .sides = {3, 3}},
    {.name = "winograd4",
     .form = Routine::Form::convolution,
     .summary = "Winograd's filtering F(4x4, 3x3) or F(2x2, 5x5)",
     .error_bound = 2e-5,
     .symbol = kConvolution,
     .number = 2,
     .sides = {3, 5}},
}};

}  // namespace

std::span<const Routine> routines() {
    return kRoutines;
}

const Routine* routine_named(std::string_view name) {
    const auto found = std::ranges::find(kRoutines, name, &Routine::name);
    return found == kRoutines.end() ? nullptr : &*found;
}

}  // namespace ricci::ir
