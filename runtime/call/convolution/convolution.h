/// \file runtime/call/convolution/convolution.h
/// 2-D convolutions of compiled code and their gradients in f32. Operands of the register-tiled products are packed
/// straight from the image. Small windows that move by one may use Winograd's minimal filtering.
#pragma once

#include <cstdint>

#include "ir/base/convolution_routines.h"

namespace ricci::runtime {

using ricci::ConvolutionDirection;

/// blocks: each block of positions with all its patches stays in the cache; exact to rounding, any convolution.
/// winograd2: F(2x2, 3x3), 2.25 times fewer multiplications; winograd4: F(4x4, 3x3), 4 times, and F(2x2, 5x5), 2.8
/// times. With inputs in [-1, 1] the largest error over the largest result stays below 1e-6, 2e-6 and 2e-5; tests hold
/// them to it. Numbers of 2^50 and more, infinite or nan are kept from the transforms. By every method they reach those
/// results alone that read them. Some of these are computed anew, several times slower.
using ricci::ConvolutionMethod;

/// y[b, g, o, p, q] = sum(i, r, s) x[b, g, i, stride_h*p + dilation_h*r - top, stride_w*q + dilation_w*s - left]
///                                 * w[g, o, i, r, s],     x reads 0 outside.
/// All numbers are elements; strides hold for any order of axes. In memory of compiled code it is an array of i64.
struct ConvolutionShape {
    struct Axes {  // what one step of each index moves
        std::int64_t batch, group, channel, row, column;
    };
    std::int64_t groups, in, out;  // channels of one group
    std::int64_t height, width, result_height, result_width, taps_h, taps_w;
    std::int64_t stride_h, stride_w, dilation_h, dilation_w, top, left;
    Axes image, result;
    std::int64_t kernel_group, kernel_out, kernel_in, kernel_row, kernel_column;
};

/// Work is cut into as many parts whatever the batch; a call does parts [begin, end). Which parts a call does changes
/// no bit of the result.
inline constexpr std::int64_t kConvolutionParts = 64;

/// The tensor of the direction (result, image or kernel) is written whole by the calls that do all parts.
/// Each thread keeps memory for packed blocks, which grows to the largest convolution seen: some megabytes.
/// \pre strides and dilations are 1 and taps 3 x 3 for Winograd, or 5 x 5 for winograd4.
/// Cost: 2*batch*groups*out*in*result_height*result_width*taps_h*taps_w flop by blocks.
/// Source: Goto and van de Geijn 2008 (blocks); Lavin and Gray 2016 (Winograd).
void convolve(ConvolutionMethod method, ConvolutionDirection direction, const ConvolutionShape& shape,
              std::int64_t batch, float* image, float* kernel, float* result, std::int64_t begin, std::int64_t end);

}  // namespace ricci::runtime
