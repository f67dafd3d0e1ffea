/// \file ir/base/convolution_routines.h
/// The one list of the runtime's routines that compute convolutions.
///
/// The schedule's word, the number that compiled code passes, and the table of each instruction set follow from it. The
/// code of a routine called NAME is the functions NAME and NAME_gradient: runtime/call/convolution/methods.inl includes
/// it. What it is predicted to cost is a row of passes/convolution/choose_convolution.cpp.
#pragma once

#include <cstdint>
#include <string_view>

namespace ricci {

// clang-format off
/// Calls F(name, chosen, error bound, side, other side, summary) for each routine.
///   chosen       whether the compiler may take it unasked
///   error bound  largest error of a result over the largest result, for operands in [-1, 1]; tests hold it
///   sides        of the square kernels that a filtering takes, at stride and dilation 1; 0: any kernel
#define RICCI_CONVOLUTION_ROUTINES(F)                                                                              \
    F(blocks,    true,  1e-6, 0, 0, "patches of a block of positions at a time, packed and multiplied in the second-level cache") \
    F(bf16_blocks, true, 2e-6, 0, 0, "the same of factors that are rounded to bf16, with sums of f32")                 \
    F(winograd2, false, 2e-6, 3, 3, "Winograd's filtering F(2x2, 3x3)")                                             \
    F(winograd4, true,  2e-5, 3, 5, "Winograd's filtering F(4x4, 3x3) or F(2x2, 5x5)")
// clang-format on

/// The number by which compiled code names a routine.
enum class ConvolutionMethod : std::int64_t {
#define RICCI_CONVOLUTION_ENUMERATOR(name, ...) name,
    RICCI_CONVOLUTION_ROUTINES(RICCI_CONVOLUTION_ENUMERATOR)
#undef RICCI_CONVOLUTION_ENUMERATOR
};

/// What a routine computes, by the number that compiled code names it by: the result, or a gradient.
enum class ConvolutionDirection : std::int64_t { forward, input_gradient, kernel_gradient };

/// The symbol of the runtime's C ABI that runs them all.
inline constexpr std::string_view kConvolutionSymbol = "ricci_convolution_f32";

}  // namespace ricci
