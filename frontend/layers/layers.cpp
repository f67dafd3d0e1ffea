// Makes the parameters of layers and instantiates their ops.
#include "ricci/layers.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "frontend/layers/layer_parts.h"
#include "frontend/layers/running_norm.h"
#include "frontend/model/attempt.h"
#include "frontend/model/internals.h"
#include "frontend/model/model_state.h"
#include "ricci/arithmetic.h"
#include "ir/elaborate/elaborate.h"
#include "ir/ops/table.h"

namespace ricci {
namespace {

using namespace detail;
using State = std::shared_ptr<ModelState>;

Tensor convolution(const Tensor& x, const Tensor& kernel, const Conv2dOptions& options, const std::string& name,
                   std::source_location where) {
    std::map<std::string, double> attributes = window_attributes(options.stride, options.padding);
    attributes["dilation_h"] = static_cast<double>(options.dilation.h);
    attributes["dilation_w"] = static_cast<double>(options.dilation.w);
    attributes["groups"] = static_cast<double>(options.groups);
    return apply("conv2d", {x, kernel}, {.attributes = std::move(attributes), .name = name}, where);
}

Tensor pool(Pool by, const TensorAt& x, const PoolOptions& options) {
    const char* op = by == Pool::largest ? "max_pool2d" : "avg_pool2d";
    Location where = Location::of(x.where);
    const State model = detail::common_model(op, {x.tensor}, where);
    Attempt layer(model);
    const std::string name = layer_name(model, op, options.name, "pool", where);
    const Pair stride = options.stride.value_or(options.window);
    check_window(fmt::format("{} \"{}\"", op, name), "window", options.window, stride, options.padding, where);
    std::map<std::string, double> attributes = window_attributes(stride, options.padding);
    attributes["window_h"] = static_cast<double>(options.window.h);
    attributes["window_w"] = static_cast<double>(options.window.w);
    attributes["ceil"] = options.ceil ? 1 : 0;
    const bool largest = by == Pool::largest;
    if (largest) {
        attributes["dilation_h"] = static_cast<double>(options.dilation.h);
        attributes["dilation_w"] = static_cast<double>(options.dilation.w);
    } else if (options.dilation.h != 1 || options.dilation.w != 1) {
        user_error(where, "{} \"{}\": dilation is {} by {}; only max_pool2d takes one", op, name, options.dilation.h,
                   options.dilation.w);
    }
    if (!largest) attributes["count_include_pad"] = options.count_padding ? 1 : 0;
    return layer.keep(apply(op, {x.tensor}, {.attributes = std::move(attributes), .name = name}, x.where));
}

/// A normalisation with a scale that begins at 1 and a shift that begins at 0, along the axis of `kind`.
Tensor normalize(const char* op, const TensorAt& x, const AxisName& kind, const NormOptions& options) {
    Location where = Location::of(x.where);
    const State model = detail::common_model(op, {x.tensor}, where);
    Attempt layer(model);
    const std::string name = layer_name(model, op, options.name, "norm", where);
    const Axis along = axis_of(fmt::format("{} \"{}\"", op, name), x.tensor, kind, "", where);
    Tensor scale = add_parameter(model, name + ".scale", x.tensor.dtype(), {along}, constant(1), where);
    Tensor shift = add_parameter(model, name + ".shift", x.tensor.dtype(), {along}, zeros(), where);
    return layer.keep(
        apply(op, {x.tensor, scale, shift}, {.attributes = {{"eps", options.eps}}, .name = name}, x.where));
}

Tensor reduce(const char* op, const TensorAt& x, const std::vector<Kind>& over) {
    Attempt all(detail::common_model(op, {x.tensor}, Location::of(x.where)));
    Tensor result = x.tensor;
    for (Kind kind : over) result = apply(op, {result}, {.over = kind}, x.where);
    return all.keep(result);
}

}  // namespace

Tensor conv2d(TensorAt x, const Conv2dOptions& options) {
    Location where = Location::of(x.where);
    const State model = detail::common_model("conv2d", {x.tensor}, where);
    Attempt layer(model);
    const std::string name = layer_name(model, "conv2d", options.name, "conv", where);
    const std::string what = fmt::format("conv2d \"{}\"", name);
    check_at_least(what, "out", options.out, 1, where);
    check_window(what, "kernel", options.kernel, options.stride, options.padding, where);
    check_at_least(what, "dilation", std::min(options.dilation.h, options.dilation.w), 1, where);
    check_at_least(what, "groups", options.groups, 1, where);
    const std::int64_t channels = axis_of(what, x.tensor, channel, "", where).extent;
    if (channels % options.groups != 0 || options.out % options.groups != 0) {
        user_error(where, "{}: groups is {}, which does not divide both the {} channels of {} and the {} of the result",
                   what, options.groups, channels, x.tensor.name(), options.out);
    }
    Tensor kernel = add_parameter(model, name + ".kernel", x.tensor.dtype(),
                                  {Axis{channel, options.out}, Axis{channel, channels / options.groups},
                                   Axis{tap_h, options.kernel.h}, Axis{tap_w, options.kernel.w}},
                                  options.initializer, where);
    Tensor product = convolution(x.tensor, kernel, options, name, x.where);
    if (!options.bias) return layer.keep(product);
    return layer.keep(
        add_bias(model, product, name, {channel, options.out}, static_cast<double>(fan_in(kernel.type())), x.where));
}

Tensor conv2d(TensorAt x, Tensor kernel, const Conv2dOptions& options) {
    Location where = Location::of(x.where);
    const State model = detail::common_model("conv2d", {x.tensor, kernel}, where);
    Attempt layer(model);
    const std::string name = layer_name(model, "conv2d", options.name, "conv", where);
    check_window(fmt::format("conv2d \"{}\"", name), "kernel", 1, options.stride, options.padding, where);
    return layer.keep(convolution(x.tensor, kernel, options, name, x.where));
}

Tensor linear(TensorAt x, const Axis& out, const LinearOptions& options) {
    Location where = Location::of(x.where);
    const State model = detail::common_model("linear", {x.tensor}, where);
    Attempt layer(model);
    const std::string name = layer_name(model, "linear", options.name, "linear", where);
    const std::string what = fmt::format("linear \"{}\"", name);
    detail::check_axes(what, {out}, where);
    // Channels without a place, as global pooling leaves them, are features.
    const TensorType type = x.tensor.type();
    if (type.rank() == 2 && type.axes[0].kind == batch && type.axes[1].kind == channel) x.tensor = flatten(x);
    const Axis in = axis_of(what, x.tensor, feature, "; flatten(x) makes one of all axes but the batch", where);
    Tensor weight = add_parameter(model, name + ".weight", x.tensor.dtype(), {out, in}, options.initializer, where);
    Tensor product = apply("linear", {x.tensor, weight}, {.name = name}, x.where);
    if (!options.bias) return layer.keep(product);
    return layer.keep(add_bias(model, product, name, out, static_cast<double>(in.extent), x.where));
}

Tensor linear(TensorAt x, std::int64_t out, const LinearOptions& options) {
    check_at_least("linear", "out", out, 1, Location::of(x.where));
    return linear(x, Axis{feature, out}, options);
}

Tensor avg_pool2d(TensorAt x, const PoolOptions& options) {
    return pool(Pool::average, x, options);
}
Tensor max_pool2d(TensorAt x, const PoolOptions& options) {
    return pool(Pool::largest, x, options);
}

Tensor batch_norm(TensorAt x, const BatchNormOptions& options) {
    detail::common_model("batch_norm", {x.tensor}, Location::of(x.where));
    const bool images = x.tensor.type().axis_of(channel).has_value();
    if (options.running != 0) return detail::running_norm(x, images ? channel : feature, options);
    return normalize("batch_norm", x, images ? channel : feature, {.eps = options.eps, .name = options.name});
}
Tensor layer_norm(TensorAt x, const NormOptions& options) {
    return normalize("layer_norm", x, feature, options);
}

Tensor flatten(TensorAt x) {
    return apply("flatten", {x.tensor}, {}, x.where);
}

Tensor transpose(TensorAt x, const std::vector<Kind>& order) {
    Location where = Location::of(x.where);
    const State model = detail::common_model("transpose", {x.tensor}, where);
    const ir::TensorType type = x.tensor.type();
    std::vector<std::string_view> named;
    for (Kind kind : order) named.push_back(kind.name());
    const bool fits = std::ranges::is_permutation(order, type.axes, {}, {}, &Axis::kind) &&
                      std::set(named.begin(), named.end()).size() == named.size();
    if (!fits) {
        user_error(where, "transpose: the order {} does not name each axis of {} once, which is {}",
                   fmt::join(named, ", "), x.tensor.name(), to_string(type));
    }
    Attempt layer(model);
    ir::surface::Equation equation{.result = model->number("transpose"), .op = "transpose", .location = where};
    equation.body = {
        .form = ir::surface::Expr::Form::access, .name = x.tensor.name(), .at = detail::index_names(type.axes)};
    for (Kind kind : order) {
        equation.left.push_back(equation.body.at[*type.axis_of(kind)]);
    }
    return layer.keep(detail::tensor_of(model, ir::elaborate(model->graph, equation)));
}

Tensor softmax(TensorAt x) {
    return softmax(x, scores("softmax", x));
}
Tensor softmax(TensorAt x, Kind over) {
    return apply("softmax", {x.tensor}, {.over = over}, x.where);
}
Tensor log_softmax(TensorAt x) {
    return log_softmax(x, scores("log_softmax", x));
}
Tensor log_softmax(TensorAt x, Kind over) {
    return apply("log_softmax", {x.tensor}, {.over = over}, x.where);
}

Tensor softmax_cross_entropy(TensorAt logits, TensorAt labels, double label_smoothing) {
    Location where = Location::of(logits.where);
    detail::common_model("softmax_cross_entropy", {logits.tensor, labels.tensor}, where);
    if (labels.tensor.type().axis_of(classes)) {
        user_error(
            where,
            "softmax_cross_entropy: labels {} is {}, but labels hold the number of the class, with no axis of kind "
            "class; argmax({}, classes) makes them of one-hot rows",
            labels.tensor.name(), to_string(labels.tensor.type()), labels.tensor.name());
    }
    return apply("softmax_cross_entropy", {logits.tensor, labels.tensor},
                 {.attributes = {{"label_smoothing", label_smoothing}}}, logits.where);
}

Tensor mse(TensorAt x, TensorAt target) {
    return apply("mse", {x.tensor, target.tensor}, {}, x.where);
}

Tensor sum(TensorAt x) {
    return apply("sum", {x.tensor}, {}, x.where);
}
Tensor sum(TensorAt x, const std::vector<Kind>& over) {
    return reduce("sum", x, over);
}
Tensor prod(TensorAt x) {
    return apply("prod", {x.tensor}, {}, x.where);
}
Tensor prod(TensorAt x, const std::vector<Kind>& over) {
    return reduce("prod", x, over);
}
Tensor mean(TensorAt x) {
    return apply("mean", {x.tensor}, {}, x.where);
}
Tensor mean(TensorAt x, const std::vector<Kind>& over) {
    return reduce("mean", x, over);
}
Tensor max(TensorAt x, Kind over) {
    return apply("max", {x.tensor}, {.over = over}, x.where);
}
Tensor min(TensorAt x, Kind over) {
    return apply("min", {x.tensor}, {.over = over}, x.where);
}
Tensor argmax(TensorAt x, Kind over) {
    return apply("argmax", {x.tensor}, {.over = over}, x.where);
}

}  // namespace ricci
