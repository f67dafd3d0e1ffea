// Composes layers of images of conv2d and of ops of the table.
#include "ricci/images.h"

#include <fmt/format.h>

#include "frontend/layers/layer_parts.h"
#include "frontend/model/attempt.h"
#include "frontend/model/internals.h"
#include "frontend/model/model_state.h"
#include "ricci/arithmetic.h"

namespace ricci {

Tensor depthwise_conv2d(TensorAt x, const Conv2dOptions& options) {
    Location where = Location::of(x.where);
    detail::common_model("depthwise_conv2d", {x.tensor}, where);
    const std::int64_t channels = detail::axis_of("depthwise_conv2d", x.tensor, channel, "", where).extent;
    Conv2dOptions each = options;
    each.groups = channels;
    if (each.out == 0) each.out = channels;
    return conv2d(x, each);
}

Tensor separable_conv2d(TensorAt x, const Conv2dOptions& options) {
    Location where = Location::of(x.where);
    const std::shared_ptr<detail::ModelState> model = detail::common_model("separable_conv2d", {x.tensor}, where);
    detail::Attempt layer(model);
    const std::string name = options.name.empty() ? model->number("conv") : options.name;
    detail::check_at_least(fmt::format("separable_conv2d \"{}\"", name), "out", options.out, 1, where);
    Conv2dOptions each = options;
    each.out = 0;
    each.name = name + ".depthwise";
    const Tensor spatial = depthwise_conv2d(x, each);
    return layer.keep(conv2d({spatial, x.where}, {.out = options.out,
                                                  .kernel = 1,
                                                  .bias = options.bias,
                                                  .initializer = options.initializer,
                                                  .name = name + ".pointwise"}));
}

Tensor global_avg_pool2d(TensorAt x) {
    return apply("global_avg_pool2d", {x.tensor}, {}, x.where);
}
Tensor global_max_pool2d(TensorAt x) {
    return apply("global_max_pool2d", {x.tensor}, {}, x.where);
}

namespace {

Tensor adaptive(const char* op, const TensorAt& x, const Pair& out) {
    return apply(op, {x.tensor}, {.attributes = {{"rows", static_cast<double>(out.h)}, {"columns", static_cast<double>(out.w)}}},
                 x.where);
}

}  // namespace

Tensor adaptive_avg_pool2d(TensorAt x, Pair out) {
    return adaptive("adaptive_avg_pool2d", x, out);
}
Tensor adaptive_max_pool2d(TensorAt x, Pair out) {
    return adaptive("adaptive_max_pool2d", x, out);
}

Tensor lp_pool2d(TensorAt x, const LpPoolOptions& options) {
    Location where = Location::of(x.where);
    const std::shared_ptr<detail::ModelState> model = detail::common_model("lp_pool2d", {x.tensor}, where);
    detail::Attempt layer(model);
    const std::string name = detail::layer_name(model, "lp_pool2d", options.name, "pool", where);
    const Pair stride = options.stride.value_or(options.window);
    detail::check_window(fmt::format("lp_pool2d \"{}\"", name), "window", options.window, stride, 0, where);
    return layer.keep(apply("lp_pool2d", {x.tensor},
                            {.attributes = {{"window_h", static_cast<double>(options.window.h)},
                                            {"window_w", static_cast<double>(options.window.w)},
                                            {"stride_h", static_cast<double>(stride.h)},
                                            {"stride_w", static_cast<double>(stride.w)},
                                            {"p", options.p},
                                            {"ceil", options.ceil ? 1.0 : 0.0}},
                             .name = name},
                            x.where));
}

PooledWithIndices max_pool2d_with_indices(TensorAt x, const PoolOptions& options) {
    const std::shared_ptr<detail::ModelState> model =
        detail::common_model("max_pool2d_with_indices", {x.tensor}, Location::of(x.where));
    detail::Attempt layer(model);
    const Tensor values = max_pool2d(x, options);
    const Pair stride = options.stride.value_or(options.window);
    std::map<std::string, double> attributes = detail::window_attributes(stride, options.padding);
    attributes["window_h"] = static_cast<double>(options.window.h);
    attributes["window_w"] = static_cast<double>(options.window.w);
    attributes["ceil"] = options.ceil ? 1 : 0;
    attributes["dilation_h"] = static_cast<double>(options.dilation.h);
    attributes["dilation_w"] = static_cast<double>(options.dilation.w);
    const Tensor indices = apply("max_pool2d_indices", {x.tensor},
                                 {.attributes = std::move(attributes), .name = values.name() + ".indices"}, x.where);
    layer.keep(indices);
    return {values, indices};
}

Tensor max_unpool2d(TensorAt x, Tensor indices, std::int64_t rows, std::int64_t columns) {
    const Location where = Location::of(x.where);
    detail::common_model("max_unpool2d", {x.tensor, indices}, where);
    detail::check_at_least("max_unpool2d", "rows", rows, 1, where);
    detail::check_at_least("max_unpool2d", "columns", columns, 1, where);
    return apply("max_unpool2d", {x.tensor, std::move(indices)},
                 {.attributes = {{"rows", static_cast<double>(rows)}, {"columns", static_cast<double>(columns)}}}, x.where);
}

}  // namespace ricci
