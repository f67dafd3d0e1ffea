// The names, parameters and checks of layers.
#include "frontend/layers/layer_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "frontend/model/initial_values.h"
#include "frontend/model/internals.h"
#include "frontend/model/model_state.h"
#include "ricci/arithmetic.h"

namespace ricci::detail {
namespace {

/// Where a bias is still to come, the sum of products is LAYER.sum, as sums inside of equations are called.
Tensor as_sum(const std::shared_ptr<ModelState>& model, const Tensor& sum) {
    const ir::ValueId id = Internals::id(sum);
    model->graph.rename(id, sum.name() + ".sum");
    model->handles[Internals::handle(sum)].name = model->graph.value(id).name;
    return sum;
}

}  // namespace

std::string layer_name(const std::shared_ptr<ModelState>& model, const char* op, const std::string& given,
                       const char* base, const Location& where) {
    if (given.empty()) return model->number(base);
    model->claim(op, given, where);
    return given;
}

Tensor add_parameter(const std::shared_ptr<ModelState>& model, std::string name, DType dtype, std::vector<Axis> axes,
                     const Initializer& initializer, const Location& where) {
    model->claim("parameter", name, where);
    ir::TensorType type{dtype, std::move(axes)};
    ir::Initializer initial = resolve(initializer, fmt::format("parameter \"{}\"", name), type, where);
    return tensor_of(model, model->graph.add({.name = std::move(name),
                                              .type = std::move(type),
                                              .role = ir::Role::parameter,
                                              .initial = initial,
                                              .location = where}));
}

Axis axis_of(const std::string& what, const Tensor& x, const AxisName& kind, const char* remedy,
             const Location& where) {
    const ir::TensorType type = x.type();
    const auto axis = std::ranges::find(type.axes, Kind(kind), &Axis::kind);
    if (axis == type.axes.end()) {
        user_error(where, "{}: {} is {}, which has no axis of kind {}{}", what, x.name(), to_string(type), kind.name,
                   remedy);
    }
    if (const auto other = std::ranges::find(axis + 1, type.axes.end(), axis->kind, &Axis::kind);
        other != type.axes.end()) {
        user_error(where,
                   "{}: {} is {}, which has axes {} and {} of kind {}; write it with indices, or give each axis a kind "
                   "of its own",
                   what, x.name(), to_string(type), axis - type.axes.begin(), other - type.axes.begin(), kind.name);
    }
    return *axis;
}

void check_at_least(const std::string& what, const char* option, std::int64_t value, std::int64_t least,
                    const Location& where) {
    if (value < least) user_error(where, "{}: {} is {}; it is at least {}", what, option, value, least);
}

void check_window(const std::string& what, const char* window_name, const Pair& window, const Pair& stride,
                  const Sides& padding, const Location& where) {
    check_at_least(what, window_name, std::min(window.h, window.w), 1, where);
    check_at_least(what, "stride", std::min(stride.h, stride.w), 1, where);
    check_at_least(what, "padding", std::min({padding.top, padding.bottom, padding.left, padding.right}), 0, where);
}

std::map<std::string, double> window_attributes(const Pair& stride, const Sides& padding) {
    return {{"stride_h", static_cast<double>(stride.h)},     {"stride_w", static_cast<double>(stride.w)},
            {"pad_top", static_cast<double>(padding.top)},   {"pad_bottom", static_cast<double>(padding.bottom)},
            {"pad_left", static_cast<double>(padding.left)}, {"pad_right", static_cast<double>(padding.right)}};
}

std::map<std::string, double> window_attributes(std::int64_t stride, const Ends& padding) {
    return {{"stride", static_cast<double>(stride)},
            {"pad_before", static_cast<double>(padding.before)},
            {"pad_after", static_cast<double>(padding.after)}};
}

Tensor add_bias(const std::shared_ptr<ModelState>& model, const Tensor& product, const std::string& layer,
                const Axis& along, double fan_in, std::source_location where) {
    const double bound = 1 / std::sqrt(fan_in);
    Tensor bias =
        add_parameter(model, layer + ".bias", product.dtype(), {along}, uniform(-bound, bound), Location::of(where));
    return apply("bias_add", {as_sum(model, product), bias}, {.name = layer}, where);
}

Kind scores(const char* op, const TensorAt& x) {
    common_model(op, {x.tensor}, Location::of(x.where));
    if (x.tensor.type().axis_of(classes)) return classes;
    if (x.tensor.type().axis_of(feature)) return feature;
    user_error(Location::of(x.where),
               "{}: {} is {}, which has no axis of kind class or feature; name the axis: {}(x, channel)", op,
               x.tensor.name(), to_string(x.tensor.type()), op);
}

}  // namespace ricci::detail
