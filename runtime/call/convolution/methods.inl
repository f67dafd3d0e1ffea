/// \file runtime/call/convolution/methods.inl
/// The one list of what computes convolutions, a row for each ConvolutionMethod; each instruction set compiles it.
#pragma once

#include "runtime/call/convolution/blocks.inl"
#include "runtime/call/convolution/blocks_gradient.inl"
#include "runtime/call/convolution/engine.h"
#include "runtime/call/convolution/winograd_gradient.inl"

namespace ricci::runtime {
namespace {

/// Filterings of 3 x 3 taps and of 5 x 5.
template <typename Three, typename Five>
void winograd_by_taps(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    s.w.height == 5 ? winograd<Five>(s, begin, end, parts) : winograd<Three>(s, begin, end, parts);
}
template <typename Three, typename Five>
void winograd_gradient_by_taps(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    s.w.height == 5 ? winograd_gradient<Five>(s, begin, end, parts) : winograd_gradient<Three>(s, begin, end, parts);
}

// In the order of ConvolutionMethod.
constexpr ConvolutionEngine kEngine{{{
    {blocks, blocks_gradient},
    {winograd<Winograd2>, winograd_gradient<Winograd2>},
    {winograd_by_taps<Winograd4, Winograd5>, winograd_gradient_by_taps<Winograd4, Winograd5>},
}}};

}  // namespace
}  // namespace ricci::runtime
