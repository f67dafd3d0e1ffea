/// \file runtime/call/convolution/engine.h
/// Convolutions as the engines of the instruction sets take them: every direction is one of two forms.
#pragma once

#include <cstdint>

#include "runtime/call/convolution/convolution.h"

namespace ricci::runtime {

/// y[b, m, p, q] = sum(k, r, s) x[b, k, stride_h*p + dilation_h*r - top, stride_w*q + dilation_w*s - left] * w[m, k, r,
/// s] (a sweep), or with y given and w asked for (its gradient). Steps may be negative: a gradient by the image is a
/// sweep over the gradient of the result with the kernel turned round. What a result does not read has no part in it,
/// even where it is infinite or nan.
struct Sweep {
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
    /// Where result channels are [row phase][column phase][channel] of a finer image: phase (i, j) begins at
    /// (i, j) of it, and what lies outside of its height and width is dropped. For blocks alone.
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
    bool padded = true;  // what a tap reads outside of x is a 0 that is multiplied; else there is no such product
};

/// Each does the parts [begin, end) of `parts`.
struct ConvolutionEngine {
    using Run = void (*)(const Sweep&, std::int64_t begin, std::int64_t end, std::int64_t parts);
    Run blocks, blocks_gradient;
    Run winograd2, winograd2_gradient;
    Run winograd4, winograd4_gradient;  // 3 x 3 taps
    Run winograd5, winograd5_gradient;  // 5 x 5 taps
};

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
