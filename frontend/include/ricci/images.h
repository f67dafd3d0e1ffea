/// \file ricci/images.h
/// Layers of images beside conv2d, avg_pool2d and max_pool2d of ricci/layers.h. Errors are those of ricci/layers.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ricci/layers.h"

namespace ricci {

/// conv2d whose groups are the channels: each has kernels of its own. `out` of the options is a multiple of the
/// channels; when it is 0 there is one kernel a channel.
Tensor depthwise_conv2d(TensorAt x, const Conv2dOptions& options);
/// A depthwise convolution with these options but `out`, NAME.depthwise, then conv2d with 1 x 1 kernels to `out`
/// channels, NAME.pointwise. `bias` is of both.  Source: Howard et al. 2017, "MobileNets".
Tensor separable_conv2d(TensorAt x, const Conv2dOptions& options);

/// The mean, or the largest element, of each channel of each image: {batch, channel}.  Source: Lin, Chen, Yan 2014.
Tensor global_avg_pool2d(TensorAt x);
Tensor global_max_pool2d(TensorAt x);

/// The mean, or the largest element, of as many windows as asked for, which cover the image. Row p takes rows
/// floor(p*H/P) to ceil((p+1)*H/P) - 1. So windows may overlap. {batch, channel, height P, width Q} in the order of x.
/// Cost: windows of one size cost as a pool; others N*C*(H*W*P + W*P*Q) operations.
Tensor adaptive_avg_pool2d(TensorAt x, Pair out);
Tensor adaptive_max_pool2d(TensorAt x, Pair out);

struct LpPoolOptions {
    Pair window = 0;
    OptionalSizes<Pair> stride{};  // the window's size when not given
    double p = 2;                  // at least 1; inf: the largest |x|
    bool ceil = false;             // a last window may reach past the end
    std::string name{};
};
/// (sum of |x|^p over each window)^(1/p). A window that reaches past the end takes the mean of the powers inside for those
/// outside, as PyTorch has it.
Tensor lp_pool2d(TensorAt x, const LpPoolOptions& options);

/// max_pool2d, and where in its image each largest element lies: the first of equal ones.
PooledWithIndices max_pool2d_with_indices(TensorAt x, const PoolOptions& options);
/// The way back: x where the indices say, 0 elsewhere. Where indices meet, as those of windows that overlap do, their
/// elements are added. Indices of an input are checked at each call, and refused with the element and both numbers. A
/// computed index that is no place drops its element. \param rows, columns  of the result.
/// Source: Zeiler, Fergus 2014, section 2.1.
Tensor max_unpool2d(TensorAt x, Tensor indices, std::int64_t rows, std::int64_t columns);

}  // namespace ricci
