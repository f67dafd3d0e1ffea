/// \file runtime/call/convolution/methods.inl
/// The code of the routines of ir/base/convolution_routines.h, and their table; each instruction set compiles it.
#pragma once

#include "runtime/call/convolution/blocks.inl"
#include "runtime/call/convolution/blocks_gradient.inl"
#include "runtime/call/convolution/engine.h"
#include "runtime/call/convolution/winograd_routines.inl"

namespace ricci::runtime {
namespace {

// In the order of ConvolutionMethod.
constexpr ConvolutionEngine kEngine{{{
#define RICCI_CONVOLUTION_CODE(name, ...) {name, name##_gradient},
    RICCI_CONVOLUTION_ROUTINES(RICCI_CONVOLUTION_CODE)
#undef RICCI_CONVOLUTION_CODE
}}};

}  // namespace
}  // namespace ricci::runtime
