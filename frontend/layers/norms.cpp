// Makes the scales and shifts of normalisations and instantiates their ops.
#include "ricci/norms.h"

#include <fmt/format.h>

#include "frontend/layers/layer_parts.h"
#include "frontend/model/attempt.h"
#include "frontend/model/internals.h"
#include "frontend/model/model_state.h"
#include "ricci/arithmetic.h"

namespace ricci {
namespace {

/// With a scale along the axis of `kind`, and a shift where the op has one.
Tensor normalize(const char* op, const TensorAt& x, const AxisName& kind, bool shifts, ApplyOptions call,
                 const NormOptions& options) {
    Location where = Location::of(x.where);
    const std::shared_ptr<detail::ModelState> model = detail::common_model(op, {x.tensor}, where);
    detail::Attempt layer(model);
    call.name = detail::layer_name(model, op, options.name, "norm", where);
    call.attributes["eps"] = options.eps;
    const Axis along = detail::axis_of(fmt::format("{} \"{}\"", op, call.name), x.tensor, kind, "", where);
    const DType dtype = x.tensor.dtype();
    std::vector<Tensor> operands = {x.tensor};
    operands.push_back(detail::add_parameter(model, call.name + ".scale", dtype, {along}, constant(1), where));
    if (shifts) operands.push_back(detail::add_parameter(model, call.name + ".shift", dtype, {along}, zeros(), where));
    return layer.keep(apply(op, operands, call, x.where));
}

}  // namespace

Tensor group_norm(TensorAt x, std::int64_t groups, const NormOptions& options) {
    detail::check_at_least("group_norm", "groups", groups, 1, Location::of(x.where));
    return normalize("group_norm", x, channel, true, {.attributes = {{"groups", static_cast<double>(groups)}}},
                     options);
}
Tensor instance_norm(TensorAt x, const NormOptions& options) {
    return normalize("instance_norm", x, channel, true, {}, options);
}
Tensor rms_norm(TensorAt x, const NormOptions& options) {
    return normalize("rms_norm", x, feature, false, {}, options);
}

Tensor local_response_norm(TensorAt x, const LocalResponseNormOptions& options) {
    return apply("local_response_norm", {x.tensor},
                 {.attributes = {{"size", static_cast<double>(options.size)},
                                 {"alpha", options.alpha},
                                 {"beta", options.beta},
                                 {"k", options.k}},
                  .name = options.name},
                 x.where);
}

}  // namespace ricci
