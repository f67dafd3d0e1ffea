/// \file runtime/call/convolution/engine.h
/// Convolutions as the engines of the instruction sets take them: every direction is one of two forms.
#pragma once

#include <array>
#include <cstdint>

#include "runtime/call/convolution/convolution.h"

namespace ricci::runtime {

/// y[b, m, p, q] = sum(k, r, s) x[b, k, stride_h*p + dilation_h*r - top, stride_w*q + dilation_w*s - left] * w[m, k, r,
/// s] is a sweep. Its gradient has y given and asks for w. Steps may be negative: a gradient by the image is a sweep
/// over the gradient of the result with the kernel turned round. What a result does not read has no part in it, even
/// where it is infinite or nan.
struct ConvolutionSweep {
    struct Image {
        float* data;
        std::int64_t batch, channel, row, column;  // steps
        std::int64_t height, width;
    };
    struct Taps {
        float* data;
        std::int64_t out, in, row, column;  // steps
        std::int64_t height, width;
    };
    /// Where result channels are [row phase][column phase][channel] of a finer image. Phase (i, j) begins at (i, j) of
    /// it. What lies outside of its height and width is dropped. For blocks alone.
    struct Phases {
        std::int64_t rows = 1, columns = 1;
        std::int64_t row = 0, column = 0;  // steps from phase to phase
        std::int64_t height = 0, width = 0;
        const bool* taps = nullptr;  // [phase][tap]: false where the kernel has a zero because the phase has no tap
    };
    std::int64_t batch, in, out;
    Image x, y;
    Taps w;
    std::int64_t stride_h, stride_w, dilation_h, dilation_w, top, left;
    Phases phases{};
    std::int64_t zeros_beside = 0;  // of the results of a row, how many have a 0 right behind them; y lacks these columns
    /// Of a depthwise convolution: channels one step apart in x and y, each with taps of its own, so far apart. Then `in` and
    /// `out` are 1.
    struct Depthwise {
        std::int64_t channels = 0;  // 0: none
        std::int64_t taps = 0;
    };
    Depthwise depthwise{};
    bool padded = true;  // what a tap reads outside of x is a 0 that is multiplied; else there is no such product
};

/// One method on one instruction set. Each function does the parts [begin, end) of `parts`.
struct ConvolutionRoutine {
    using Function = void (*)(const ConvolutionSweep&, std::int64_t begin, std::int64_t end, std::int64_t parts);
    Function sweep, kernel_gradient;
};

/// The methods on one instruction set, in the order of ConvolutionMethod.
struct ConvolutionEngine {
#define RICCI_CONVOLUTION_ONE(...) +1
    std::array<ConvolutionRoutine, 0 RICCI_CONVOLUTION_ROUTINES(RICCI_CONVOLUTION_ONE)> routines;
#undef RICCI_CONVOLUTION_ONE
};

const ConvolutionEngine& convolution_engine_avx512_bf16();
const ConvolutionEngine& convolution_engine_avx512();
const ConvolutionEngine& convolution_engine_avx2();
const ConvolutionEngine& convolution_engine_baseline();

/// convolve() on an engine that this processor can run.
void convolve_on(const ConvolutionEngine& engine, ConvolutionMethod method, ConvolutionDirection direction,
                 const ConvolutionShape& shape, std::int64_t batch, float* image, float* kernel, float* result,
                 std::int64_t begin, std::int64_t end);

/// Memory of this thread for that many bytes, aligned to a page; valid until its next call.
void* convolution_workspace(std::int64_t bytes);

}  // namespace ricci::runtime
