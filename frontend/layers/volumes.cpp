// Makes kernel and bias of a convolution by its directions, and calls its op.
#include "ricci/volumes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "frontend/layers/layer_parts.h"
#include "frontend/model/attempt.h"
#include "frontend/model/internals.h"
#include "frontend/model/model_state.h"
#include "ricci/arithmetic.h"

namespace ricci {
namespace {

using detail::Pool;

/// A convolution along one direction.
struct Direction {
    Kind tap;
    std::int64_t kernel, stride, before, after, dilation, output_padding;
    std::string suffix;              // of its attributes: "_h"
    std::string pad_first, pad_last;  // names of the attributes
};

struct Form {
    const char* op;
    bool transposed;
    std::int64_t out, groups;
    bool bias;
    Initializer initializer;
    std::string name;
    std::vector<Direction> directions;
};

Tensor convolution(const TensorAt& x, const Form& form) {
    const Location where = Location::of(x.where);
    const auto model = detail::common_model(form.op, {x.tensor}, where);
    detail::Attempt layer(model);
    const std::string name = detail::layer_name(model, form.op, form.name, "conv", where);
    const std::string what = fmt::format("{} \"{}\"", form.op, name);
    detail::check_at_least(what, "out", form.out, 1, where);
    detail::check_at_least(what, "groups", form.groups, 1, where);
    const std::int64_t channels = detail::axis_of(what, x.tensor, channel, "", where).extent;
    if (channels % form.groups != 0 || form.out % form.groups != 0) {
        user_error(where, "{}: groups is {}, which does not divide both the {} channels of {} and the {} of the result",
                   what, form.groups, channels, x.tensor.name(), form.out);
    }
    std::vector<Axis> axes = {{channel, form.transposed ? channels : form.out},
                              {channel, (form.transposed ? form.out : channels) / form.groups}};
    std::map<std::string, double> attributes = {{"groups", static_cast<double>(form.groups)}};
    std::int64_t window = 1;
    for (const Direction& d : form.directions) {
        detail::check_at_least(what, "kernel", d.kernel, 1, where);
        detail::check_at_least(what, "stride", d.stride, 1, where);
        detail::check_at_least(what, "padding", std::min(d.before, d.after), 0, where);
        detail::check_at_least(what, "dilation", d.dilation, 1, where);
        detail::check_at_least(what, "output_padding", d.output_padding, 0, where);
        axes.push_back({d.tap, d.kernel});
        window *= d.kernel;
        attributes["stride" + d.suffix] = static_cast<double>(d.stride);
        attributes["dilation" + d.suffix] = static_cast<double>(d.dilation);
        attributes[d.pad_first] = static_cast<double>(d.before);
        attributes[d.pad_last] = static_cast<double>(d.after);
        if (form.transposed) attributes["output_pad" + d.suffix] = static_cast<double>(d.output_padding);
    }
    // Of PyTorch: a transposed kernel's inputs are counted along its second axis.
    const double fan = static_cast<double>(axes[1].extent * window);
    Initializer initializer = form.initializer;
    if (form.transposed && initializer.scheme == Initializer::Scheme::fan_in) initializer = uniform(-initializer.a.real() / std::sqrt(fan), initializer.a.real() / std::sqrt(fan));
    const Tensor kernel = detail::add_parameter(model, name + ".kernel", x.tensor.dtype(), axes, initializer, where);
    const Tensor product = apply(form.op, {x.tensor, kernel}, {.attributes = std::move(attributes), .name = name}, x.where);
    if (!form.bias) return layer.keep(product);
    return layer.keep(detail::add_bias(model, product, name, {channel, form.out}, fan, x.where));
}

Form form_of(const char* op, const Conv3dOptions& o, bool transposed, const Triple& output) {
    return {op, transposed, o.out, o.groups, o.bias, o.initializer, o.name,
            {{Kind(depth).tap(), o.kernel.d, o.stride.d, o.padding.d, o.padding.d, o.dilation.d, output.d, "_d", "pad_front", "pad_back"},
             {Kind(height).tap(), o.kernel.h, o.stride.h, o.padding.h, o.padding.h, o.dilation.h, output.h, "_h", "pad_top", "pad_bottom"},
             {Kind(width).tap(), o.kernel.w, o.stride.w, o.padding.w, o.padding.w, o.dilation.w, output.w, "_w", "pad_left", "pad_right"}}};
}

Tensor pool(Pool by, const TensorAt& x, const Pool3dOptions& o, std::map<std::string, double>* used = nullptr) {
    const char* op = by == Pool::largest ? "max_pool3d" : "avg_pool3d";
    const Location where = Location::of(x.where);
    const auto model = detail::common_model(op, {x.tensor}, where);
    detail::Attempt layer(model);
    const std::string name = detail::layer_name(model, op, o.name, "pool", where);
    const std::string what = fmt::format("{} \"{}\"", op, name);
    const Triple stride = o.stride.value_or(o.window);
    struct Along {
        const char *letter, *first, *last;
        std::int64_t window, stride, padding, dilation;
    };
    const bool largest = by == Pool::largest;
    std::map<std::string, double> attributes = {{"ceil", o.ceil ? 1 : 0}};
    if (!largest) attributes["count_include_pad"] = o.count_padding ? 1 : 0;
    for (const Along& a : {Along{"_d", "pad_front", "pad_back", o.window.d, stride.d, o.padding.d, o.dilation.d},
                           Along{"_h", "pad_top", "pad_bottom", o.window.h, stride.h, o.padding.h, o.dilation.h},
                           Along{"_w", "pad_left", "pad_right", o.window.w, stride.w, o.padding.w, o.dilation.w}}) {
        detail::check_at_least(what, "window", a.window, 1, where);
        detail::check_at_least(what, "stride", a.stride, 1, where);
        detail::check_at_least(what, "padding", a.padding, 0, where);
        attributes[std::string("window") + a.letter] = static_cast<double>(a.window);
        attributes[std::string("stride") + a.letter] = static_cast<double>(a.stride);
        attributes[a.first] = attributes[a.last] = static_cast<double>(a.padding);
        if (largest) {
            attributes[std::string("dilation") + a.letter] = static_cast<double>(a.dilation);
        } else if (a.dilation != 1) {
            user_error(where, "{}: dilation is {} by {} by {}; only max_pool3d takes one", what, o.dilation.d, o.dilation.h,
                       o.dilation.w);
        }
    }
    if (used != nullptr) *used = attributes;
    return layer.keep(apply(op, {x.tensor}, {.attributes = std::move(attributes), .name = name}, x.where));
}

Tensor adaptive(const char* op, const TensorAt& x, const Triple& out) {
    return apply(op, {x.tensor},
                 {.attributes = {{"slices", static_cast<double>(out.d)},
                                 {"rows", static_cast<double>(out.h)},
                                 {"columns", static_cast<double>(out.w)}}},
                 x.where);
}

}  // namespace

Tensor avg_pool3d(TensorAt x, const Pool3dOptions& options) {
    return pool(Pool::average, x, options);
}
Tensor max_pool3d(TensorAt x, const Pool3dOptions& options) {
    return pool(Pool::largest, x, options);
}

PooledWithIndices max_pool3d_with_indices(TensorAt x, const Pool3dOptions& options) {
    const auto model = detail::common_model("max_pool3d_with_indices", {x.tensor}, Location::of(x.where));
    detail::Attempt layer(model);
    std::map<std::string, double> attributes;
    const Tensor values = pool(Pool::largest, x, options, &attributes);
    const Tensor indices = apply("max_pool3d_indices", {x.tensor},
                                 {.attributes = std::move(attributes), .name = values.name() + ".indices"}, x.where);
    layer.keep(indices);
    return {values, indices};
}

Tensor max_unpool3d(TensorAt x, Tensor indices, Triple out) {
    const Location where = Location::of(x.where);
    detail::common_model("max_unpool3d", {x.tensor, indices}, where);
    detail::check_at_least("max_unpool3d", "slices", out.d, 1, where);
    detail::check_at_least("max_unpool3d", "rows", out.h, 1, where);
    detail::check_at_least("max_unpool3d", "columns", out.w, 1, where);
    return apply("max_unpool3d", {x.tensor, std::move(indices)},
                 {.attributes = {{"slices", static_cast<double>(out.d)},
                                 {"rows", static_cast<double>(out.h)},
                                 {"columns", static_cast<double>(out.w)}}},
                 x.where);
}

Tensor global_avg_pool3d(TensorAt x) {
    return apply("global_avg_pool3d", {x.tensor}, {}, x.where);
}
Tensor global_max_pool3d(TensorAt x) {
    return apply("global_max_pool3d", {x.tensor}, {}, x.where);
}
Tensor adaptive_avg_pool3d(TensorAt x, Triple out) {
    return adaptive("adaptive_avg_pool3d", x, out);
}
Tensor adaptive_max_pool3d(TensorAt x, Triple out) {
    return adaptive("adaptive_max_pool3d", x, out);
}

Tensor conv3d(TensorAt x, const Conv3dOptions& options) {
    return convolution(x, form_of("conv3d", options, false, 0));
}
Tensor conv_transpose3d(TensorAt x, const Conv3dOptions& options, Triple output_padding) {
    return convolution(x, form_of("conv_transpose3d", options, true, output_padding));
}

Tensor conv_transpose2d(TensorAt x, const Conv2dOptions& o, Pair output_padding) {
    return convolution(x, {"conv_transpose2d", true, o.out, o.groups, o.bias, o.initializer, o.name,
                           {{tap_h, o.kernel.h, o.stride.h, o.padding.top, o.padding.bottom, o.dilation.h, output_padding.h, "_h", "pad_top", "pad_bottom"},
                            {tap_w, o.kernel.w, o.stride.w, o.padding.left, o.padding.right, o.dilation.w, output_padding.w, "_w", "pad_left", "pad_right"}}});
}

Tensor conv_transpose1d(TensorAt x, const Conv1dOptions& o, std::int64_t output_padding) {
    return convolution(x, {"conv_transpose1d", true, o.out, o.groups, o.bias, o.initializer, o.name,
                           {{Kind::named("tap_time"), o.kernel, o.stride, o.padding.before, o.padding.after, o.dilation, output_padding, "", "pad_before", "pad_after"}}});
}

}  // namespace ricci
