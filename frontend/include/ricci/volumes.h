/// \file ricci/volumes.h
/// Convolutions and pools of volumes, and transposed convolutions. Errors are those of ricci/layers.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ricci/sequences.h"

namespace ricci {

/// The kind of the slices of a volume.
inline constexpr AxisName depth{"depth"};

/// Along the depth, the height and the width.
struct Triple {
    Triple(std::int64_t all) : d(all), h(all), w(all) {}
    Triple(std::int64_t slices, std::int64_t rows, std::int64_t columns) : d(slices), h(rows), w(columns) {}
    std::int64_t d, h, w;
};

struct Conv3dOptions {
    std::int64_t out = 0;  // channels of the result
    Triple kernel = 0;
    Triple stride = 1;
    Triple padding = 0;  // zeros at both sides
    Triple dilation = 1;
    std::int64_t groups = 1;  // channels are split into as many parts, each with kernels of its own
    bool bias = true;
    Initializer initializer = fan_in_uniform();
    std::string name{};
};
/// conv2d with a third direction. \param x {batch, channel C, depth, height, width} in any order.
/// Parameters NAME.kernel [channel out, channel C/groups, tap_depth, tap_h, tap_w] and NAME.bias [channel out].
/// Source: Ji et al. 2013.
Tensor conv3d(TensorAt x, const Conv3dOptions& options);

struct Pool3dOptions {
    Triple window = 0;
    OptionalSizes<Triple> stride{};  // the window's size when not given
    Triple padding = 0;              // at both sides; reads 0 (average) or -inf (max)
    bool ceil = false;               // a last window may reach past the padding, if it begins before it
    Triple dilation = 1;             // of max_pool3d: elements from one tap to the next
    bool count_padding = true;       // of avg_pool3d: false takes the mean of elements inside the volume alone
    std::string name{};
};
/// avg_pool2d and max_pool2d with a third direction. \param x {batch, channel, depth, height, width} in any order.
/// \throws UserError for dilation of avg_pool3d, too.
Tensor avg_pool3d(TensorAt x, const Pool3dOptions& options);
Tensor max_pool3d(TensorAt x, const Pool3dOptions& options);
/// max_pool3d and where in its volume each largest element lies, and the way back: as max_pool2d_with_indices() and
/// max_unpool2d(). An index is (slice * height + row) * width + column.
PooledWithIndices max_pool3d_with_indices(TensorAt x, const Pool3dOptions& options);
Tensor max_unpool3d(TensorAt x, Tensor indices, Triple out);

/// As global_avg_pool2d() and adaptive_avg_pool2d() of images.
Tensor global_avg_pool3d(TensorAt x);
Tensor global_max_pool3d(TensorAt x);
Tensor adaptive_avg_pool3d(TensorAt x, Triple out);
Tensor adaptive_max_pool3d(TensorAt x, Triple out);

/// The transpose of a convolution with these options: each element of x adds a scaled kernel to the result. Its extent is
/// (H - 1) * stride - padding before and after + dilation * (R - 1) + 1 + output_padding.
/// Parameters NAME.kernel [channel C, channel out/groups, taps] and NAME.bias [channel out].
/// Source: Zeiler et al. 2010.
Tensor conv_transpose1d(TensorAt x, const Conv1dOptions& options, std::int64_t output_padding = 0);
Tensor conv_transpose2d(TensorAt x, const Conv2dOptions& options, Pair output_padding = 0);
Tensor conv_transpose3d(TensorAt x, const Conv3dOptions& options, Triple output_padding = 0);

}  // namespace ricci
