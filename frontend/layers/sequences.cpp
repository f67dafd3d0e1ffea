// Makes the parameters of layers along the time and instantiates their ops.
#include "ricci/sequences.h"

#include <fmt/format.h>

#include <algorithm>

#include "frontend/layers/layer_parts.h"
#include "frontend/model/attempt.h"
#include "frontend/model/internals.h"
#include "frontend/model/model_state.h"
#include "ricci/arithmetic.h"

namespace ricci {
namespace {

using detail::Pool;
using State = std::shared_ptr<detail::ModelState>;

void check_window(const std::string& what, const char* window_name, std::int64_t window, std::int64_t stride,
                  const Ends& padding, const Location& where) {
    detail::check_at_least(what, window_name, window, 1, where);
    detail::check_at_least(what, "stride", stride, 1, where);
    detail::check_at_least(what, "padding", std::min(padding.before, padding.after), 0, where);
}

std::map<std::string, double> attributes_of(const Pool1dOptions& options) {
    std::map<std::string, double> attributes = detail::window_attributes(options.stride.value_or(options.window), options.padding);
    attributes["window"] = static_cast<double>(options.window);
    attributes["ceil"] = options.ceil ? 1 : 0;
    return attributes;
}

void refuse_dilation(const std::string& what, const Pool1dOptions& options, const Location& where) {
    if (options.dilation != 1) user_error(where, "{}: dilation is {}; only max_pool1d takes one", what, options.dilation);
}

Tensor pool(Pool by, const TensorAt& x, const Pool1dOptions& options, std::map<std::string, double>* used = nullptr) {
    const char* op = by == Pool::largest ? "max_pool1d" : "avg_pool1d";
    Location where = Location::of(x.where);
    const State model = detail::common_model(op, {x.tensor}, where);
    detail::Attempt layer(model);
    const std::string name = detail::layer_name(model, op, options.name, "pool", where);
    const std::int64_t stride = options.stride.value_or(options.window);
    const std::string what = fmt::format("{} \"{}\"", op, name);
    check_window(what, "window", options.window, stride, options.padding, where);
    std::map<std::string, double> attributes = attributes_of(options);
    if (by == Pool::largest) {
        detail::check_at_least(what, "dilation", options.dilation, 1, where);
        attributes["dilation"] = static_cast<double>(options.dilation);
    } else {
        refuse_dilation(what, options, where);
        attributes["count_include_pad"] = options.count_padding ? 1 : 0;
    }
    if (used != nullptr) *used = attributes;
    return layer.keep(apply(op, {x.tensor}, {.attributes = std::move(attributes), .name = name}, x.where));
}

Tensor adaptive(const char* op, const TensorAt& x, std::int64_t steps) {
    return apply(op, {x.tensor}, {.attributes = {{"steps", static_cast<double>(steps)}}}, x.where);
}

}  // namespace

Tensor conv1d(TensorAt x, const Conv1dOptions& options) {
    Location where = Location::of(x.where);
    const State model = detail::common_model("conv1d", {x.tensor}, where);
    detail::Attempt layer(model);
    const std::string name = detail::layer_name(model, "conv1d", options.name, "conv", where);
    const std::string what = fmt::format("conv1d \"{}\"", name);
    detail::check_at_least(what, "out", options.out, 1, where);
    check_window(what, "kernel", options.kernel, options.stride, options.padding, where);
    detail::check_at_least(what, "dilation", options.dilation, 1, where);
    detail::check_at_least(what, "groups", options.groups, 1, where);
    const std::int64_t channels = detail::axis_of(what, x.tensor, channel, "", where).extent;
    if (channels % options.groups != 0 || options.out % options.groups != 0) {
        user_error(where, "{}: groups is {}, which does not divide both the {} channels of {} and the {} of the result",
                   what, options.groups, channels, x.tensor.name(), options.out);
    }
    Tensor kernel = detail::add_parameter(model, name + ".kernel", x.tensor.dtype(),
                                          {Axis{channel, options.out}, Axis{channel, channels / options.groups},
                                           Axis{Kind::named("tap_time"), options.kernel}},
                                          options.initializer, where);
    std::map<std::string, double> attributes = detail::window_attributes(options.stride, options.padding);
    attributes["dilation"] = static_cast<double>(options.dilation);
    attributes["groups"] = static_cast<double>(options.groups);
    Tensor product = apply("conv1d", {x.tensor, kernel}, {.attributes = std::move(attributes), .name = name}, x.where);
    if (!options.bias) return layer.keep(product);
    const double fan_in = static_cast<double>(channels / options.groups * options.kernel);
    return layer.keep(detail::add_bias(model, product, name, {channel, options.out}, fan_in, x.where));
}

Tensor avg_pool1d(TensorAt x, const Pool1dOptions& options) {
    return pool(Pool::average, x, options);
}
Tensor max_pool1d(TensorAt x, const Pool1dOptions& options) {
    return pool(Pool::largest, x, options);
}

PooledWithIndices max_pool1d_with_indices(TensorAt x, const Pool1dOptions& options) {
    const State model = detail::common_model("max_pool1d_with_indices", {x.tensor}, Location::of(x.where));
    detail::Attempt layer(model);
    std::map<std::string, double> attributes;
    const Tensor values = pool(Pool::largest, x, options, &attributes);
    const Tensor indices = apply("max_pool1d_indices", {x.tensor},
                                 {.attributes = std::move(attributes), .name = values.name() + ".indices"}, x.where);
    layer.keep(indices);
    return {values, indices};
}

Tensor max_unpool1d(TensorAt x, Tensor indices, std::int64_t steps) {
    const Location where = Location::of(x.where);
    detail::common_model("max_unpool1d", {x.tensor, indices}, where);
    detail::check_at_least("max_unpool1d", "steps", steps, 1, where);
    return apply("max_unpool1d", {x.tensor, std::move(indices)}, {.attributes = {{"steps", static_cast<double>(steps)}}}, x.where);
}

Tensor lp_pool1d(TensorAt x, const Pool1dOptions& options, double power) {
    const Location where = Location::of(x.where);
    const State model = detail::common_model("lp_pool1d", {x.tensor}, where);
    detail::Attempt layer(model);
    const std::string name = detail::layer_name(model, "lp_pool1d", options.name, "pool", where);
    const std::string what = fmt::format("lp_pool1d \"{}\"", name);
    const std::int64_t stride = options.stride.value_or(options.window);
    check_window(what, "window", options.window, stride, options.padding, where);
    refuse_dilation(what, options, where);
    if (options.padding.before != 0 || options.padding.after != 0) {
        user_error(where, "{}: padding is {} and {}; it has none: pad the input", what, options.padding.before,
                   options.padding.after);
    }
    return layer.keep(apply("lp_pool1d", {x.tensor},
                            {.attributes = {{"window", static_cast<double>(options.window)},
                                            {"stride", static_cast<double>(stride)},
                                            {"p", power},
                                            {"ceil", options.ceil ? 1.0 : 0.0}},
                             .name = name},
                            x.where));
}

Tensor global_avg_pool1d(TensorAt x) {
    return apply("global_avg_pool1d", {x.tensor}, {}, x.where);
}
Tensor global_max_pool1d(TensorAt x) {
    return apply("global_max_pool1d", {x.tensor}, {}, x.where);
}
Tensor adaptive_avg_pool1d(TensorAt x, std::int64_t steps) {
    return adaptive("adaptive_avg_pool1d", x, steps);
}
Tensor adaptive_max_pool1d(TensorAt x, std::int64_t steps) {
    return adaptive("adaptive_max_pool1d", x, steps);
}

}  // namespace ricci
