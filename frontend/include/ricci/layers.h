/// \file ricci/layers.h
/// Layers: ops of the table (ir/ops/) with parameters of their own and names that count up (conv1, linear1, ...).
/// Axes are matched by kind, so any order of axes will do; results take the order of the first operand.
/// Every function throws UserError naming op, operand, axis, kinds and extents when they do not fit.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ricci/axes.h"
#include "ricci/initializer.h"
#include "ricci/tensor.h"

namespace ricci {

/// Along the height and along the width.
struct Pair {
    Pair(std::int64_t both) : h(both), w(both) {}
    Pair(std::int64_t rows, std::int64_t columns) : h(rows), w(columns) {}
    std::int64_t h, w;
};

/// Sizes that may be left out; spelt as the sizes are: 2, or {2, 3}.
template <typename Sizes>
struct OptionalSizes : std::optional<Sizes> {
    using std::optional<Sizes>::optional;
    OptionalSizes() = default;
    OptionalSizes(const std::optional<Sizes>& sizes) : std::optional<Sizes>(sizes) {}
    template <std::integral... Each>
        requires(sizeof...(Each) > 1 && std::constructible_from<Sizes, Each...>)
    OptionalSizes(Each... each) : std::optional<Sizes>(Sizes(each...)) {}
};

/// Zeros added at each side of an image, in elements.
struct Sides {
    Sides(std::int64_t all) : top(all), bottom(all), left(all), right(all) {}
    Sides(std::int64_t rows, std::int64_t columns) : top(rows), bottom(rows), left(columns), right(columns) {}
    Sides(std::int64_t t, std::int64_t b, std::int64_t l, std::int64_t r) : top(t), bottom(b), left(l), right(r) {}
    std::int64_t top, bottom, left, right;
};

struct Conv2dOptions {
    std::int64_t out = 0;  // channels of the result
    Pair kernel = 0;
    Pair stride = 1;
    Sides padding = 0;
    Pair dilation = 1;
    std::int64_t groups = 1;  // channels are split into as many parts, each with kernels of its own
    bool bias = true;
    Initializer initializer = fan_in_uniform();
    std::string name{};
};
/// 2-D cross-correlation, plus a bias for each output channel.
///   y[b,o,p,q] = bias[o]
///              + sum(i,r,s) x[b, i, stride*p + dilation*r - top, stride*q + dilation*s - left] * kernel[o,i,r,s]
/// \param x  {batch, channel C, height H, width W} in any order.
/// \returns  {batch, channel out, height P, width Q} in the order of x,
///           P = floor((H + top + bottom - dilation*(R-1) - 1) / stride) + 1.
///           Parameters NAME.kernel [channel out, channel C/groups, tap_h R, tap_w S] and NAME.bias
///           [channel out], uniform in +-1/sqrt(C/groups*R*S) unless said otherwise.
/// Cost: 2*N*out*P*Q*C/groups*R*S flop.  Source: LeCun et al. 1998, section II.
Tensor conv2d(TensorAt x, const Conv2dOptions& options);
/// With a kernel that is a tensor already; out, kernel, bias and initializer of the options do not count.
Tensor conv2d(TensorAt x, Tensor kernel, const Conv2dOptions& options = {});

struct LinearOptions {
    bool bias = true;
    Initializer initializer = fan_in_uniform();
    std::string name{};
};
/// y[b, o] = bias[o] + sum(i) x[b, i] * weight[o, i]. `out` is a number of features, or an axis: classes(10). Channels
/// without a place, as global_avg_pool2d gives them, count as features.
/// Parameters NAME.weight [out, feature of x] and NAME.bias [out], uniform in +-1/sqrt(features) unless said otherwise.
Tensor linear(TensorAt x, const Axis& out, const LinearOptions& options = {});
Tensor linear(TensorAt x, std::int64_t out, const LinearOptions& options = {});

struct PoolOptions {
    Pair window = 0;
    OptionalSizes<Pair> stride{};  // the window's size when not given
    Sides padding = 0;             // reads 0 (average) or -inf (max)
    bool ceil = false;             // a last window may reach past the padding, if it begins before it
    Pair dilation = 1;             // of max_pool2d: elements from one tap to the next
    bool count_padding = true;     // of avg_pool2d: false takes the mean of elements inside the image alone
    std::string name{};
};
/// {batch, channel, height P, width Q}: P = floor((H + top + bottom - window) / stride) + 1, with `ceil` rounded up.
/// \throws UserError for dilation of avg_pool2d, too.
Tensor avg_pool2d(TensorAt x, const PoolOptions& options);
Tensor max_pool2d(TensorAt x, const PoolOptions& options);
/// A maximum over windows, and the place of each largest element: the first of equal ones.
struct PooledWithIndices {
    Tensor values;
    Tensor indices;  // i64; of an image row * width of x + column
};

struct NormOptions {
    double eps = 1e-5;  // added to the variance
    std::string name{};
};
struct BatchNormOptions {
    double eps = 1e-5;   // added to the variance
    double running = 0;  // share of a batch's statistics that joins the running ones; 0 keeps none
    std::string name{};
};
/// Each channel (each feature, without channels) to mean 0 and variance 1 over all other axes, then scaled and shifted.
/// In training the statistics are those of the batch, so the samples of a call depend on each other. In use they are the
/// running ones, where `running` is above 0, else those of the call too. PyTorch keeps 0.1.
/// Parameters NAME.scale and NAME.shift; states NAME.running_mean and NAME.running_variance, of the unbiased variance.
/// \throws UserError unless 0 <= running <= 1.  Source: Ioffe, Szegedy 2015.
Tensor batch_norm(TensorAt x, const BatchNormOptions& options = {});
/// The features of each sample to mean 0 and variance 1, then scaled and shifted. Parameters as batch_norm.
/// Source: Ba, Kiros, Hinton 2016.
Tensor layer_norm(TensorAt x, const NormOptions& options = {});

/// All axes but the batch as one axis of features, in the order channel, height, width, whatever the layout.
Tensor flatten(TensorAt x);
/// The axes in this order of kinds. \throws UserError unless each axis is named once.
Tensor transpose(TensorAt x, const std::vector<Kind>& order);

/// exp(x) / sum of exp(x) along one axis: class where there is one, else feature.
Tensor softmax(TensorAt x);
Tensor softmax(TensorAt x, Kind over);
Tensor log_softmax(TensorAt x);
Tensor log_softmax(TensorAt x, Kind over);

/// -log softmax(logits)[label] for each sample. \param labels  i32 or i64 [batch], the number of the class.
/// \param label_smoothing  the share of the target that is spread over all classes.
Tensor softmax_cross_entropy(TensorAt logits, TensorAt labels, double label_smoothing = 0);
/// For each sample, the mean of (x - target)^2 over its elements.
Tensor mse(TensorAt x, TensorAt target);

/// Over all axes, or over those of these kinds. A mean over the batch that leaves other axes is refused, for it mixes
/// samples. Where that is meant, the index notation says it: m[c] = sum(b)(x[b, c]) / cast(extent(b), f32).
Tensor sum(TensorAt x);
Tensor sum(TensorAt x, const std::vector<Kind>& over);
Tensor prod(TensorAt x);
Tensor prod(TensorAt x, const std::vector<Kind>& over);
Tensor mean(TensorAt x);
Tensor mean(TensorAt x, const std::vector<Kind>& over);
Tensor max(TensorAt x, Kind over);
Tensor min(TensorAt x, Kind over);
/// The number (i64) of the first largest element along the axis.
Tensor argmax(TensorAt x, Kind over);

}  // namespace ricci
