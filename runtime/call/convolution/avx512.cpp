// The convolutions, compiled for AVX-512 (see runtime/CMakeLists.txt).
#include "runtime/call/convolution/blocks.inl"
#include "runtime/call/convolution/blocks_gradient.inl"
#include "runtime/call/convolution/engine.h"
#include "runtime/call/convolution/winograd_gradient.inl"

namespace ricci::runtime {

const ConvolutionEngine& convolution_engine_avx512() {
    static constexpr ConvolutionEngine kEngine{
        .blocks = blocks,
        .blocks_gradient = blocks_gradient,
        .winograd2 = winograd<Winograd2>,
        .winograd2_gradient = winograd_gradient<Winograd2>,
        .winograd4 = winograd<Winograd4>,
        .winograd4_gradient = winograd_gradient<Winograd4>,
        .winograd5 = winograd<Winograd5>,
        .winograd5_gradient = winograd_gradient<Winograd5>,
    };
    return kEngine;
}

}  // namespace ricci::runtime
