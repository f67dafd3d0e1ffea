/// \file ricci/sequences.h
/// Convolution and pooling along the time. Errors are those of ricci/layers.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ricci/layers.h"

namespace ricci {

/// Steps added at both ends of a sequence.
struct Ends {
    Ends(std::int64_t both) : before(both), after(both) {}
    Ends(std::int64_t first, std::int64_t last) : before(first), after(last) {}
    std::int64_t before, after;
};

struct Conv1dOptions {
    std::int64_t out = 0;     // channels of the result
    std::int64_t kernel = 0;  // steps
    std::int64_t stride = 1;
    Ends padding = 0;  // with zeros; {kernel - 1, 0} lets a step see none behind it
    std::int64_t dilation = 1;
    std::int64_t groups = 1;  // channels are split into as many parts, each with kernels of its own
    bool bias = true;
    Initializer initializer = fan_in_uniform();
    std::string name{};
};
/// y[b,o,t] = bias[o] + sum(i,r) x[b, i, stride*t + dilation*r - before] * kernel[o,i,r].
/// \param x  {batch, channel C, time T} in any order.
/// \returns  {batch, channel out, time P} in the order of x,
///           P = floor((T + before + after - dilation*(R-1) - 1) / stride) + 1.
///           Parameters NAME.kernel [channel out, channel C/groups, tap_time R] and NAME.bias [channel out], uniform in
///           +-1/sqrt(C/groups*R) unless said otherwise.
/// Cost: 2*N*out*P*C/groups*R flop.  Source: Waibel et al. 1989.
Tensor conv1d(TensorAt x, const Conv1dOptions& options);

struct Pool1dOptions {
    std::int64_t window = 0;
    std::optional<std::int64_t> stride{};  // the window's size when not given
    Ends padding = 0;                      // reads 0 (average) or -inf (max)
    bool ceil = false;                     // a last window may reach past the padding, if it begins before it
    std::int64_t dilation = 1;             // of max_pool1d: steps from one tap to the next
    bool count_padding = true;             // of avg_pool1d: false takes the mean of steps inside the sequence alone
    std::string name{};
};
/// {batch, channel, time P} in the order of x: P = floor((T + before + after - window) / stride) + 1, with `ceil` rounded up.
/// \throws UserError for dilation of avg_pool1d, too.
Tensor avg_pool1d(TensorAt x, const Pool1dOptions& options);
Tensor max_pool1d(TensorAt x, const Pool1dOptions& options);
/// max_pool1d and the step of each largest element, and the way back: as max_pool2d_with_indices() and max_unpool2d().
PooledWithIndices max_pool1d_with_indices(TensorAt x, const Pool1dOptions& options);
Tensor max_unpool1d(TensorAt x, Tensor indices, std::int64_t steps);
/// (sum of |x|^power over each window)^(1/power), at the end as lp_pool2d(). \throws UserError for padding or dilation, and a
/// power below 1.
Tensor lp_pool1d(TensorAt x, const Pool1dOptions& options, double power = 2);

/// As global_avg_pool2d() and adaptive_avg_pool2d() of images.
Tensor global_avg_pool1d(TensorAt x);
Tensor global_max_pool1d(TensorAt x);
Tensor adaptive_avg_pool1d(TensorAt x, std::int64_t steps);
Tensor adaptive_max_pool1d(TensorAt x, std::int64_t steps);

}  // namespace ricci
