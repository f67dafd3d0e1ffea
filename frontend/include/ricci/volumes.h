/// \file ricci/volumes.h
/// Convolutions of volumes, and transposed convolutions. Errors are those of ricci/layers.h.
#pragma once

#include <cstdint>
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

/// The transpose of a convolution with these options: each element of x adds a scaled kernel to the result. Its extent is
/// (H - 1) * stride - padding before and after + dilation * (R - 1) + 1 + output_padding.
/// Parameters NAME.kernel [channel C, channel out/groups, taps] and NAME.bias [channel out].
/// Source: Zeiler et al. 2010.
Tensor conv_transpose1d(TensorAt x, const Conv1dOptions& options, std::int64_t output_padding = 0);
Tensor conv_transpose2d(TensorAt x, const Conv2dOptions& options, Pair output_padding = 0);
Tensor conv_transpose3d(TensorAt x, const Conv3dOptions& options, Triple output_padding = 0);

}  // namespace ricci
