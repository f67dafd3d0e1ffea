// Gives the settings of activations to their ops.
#include "ricci/activations.h"

#include "frontend/layers/layer_parts.h"
#include "frontend/model/attempt.h"
#include "frontend/model/internals.h"
#include "frontend/model/model_state.h"

namespace ricci {

Tensor leaky_relu(TensorAt x, double slope) {
    return apply("leaky_relu", {x.tensor}, {.attributes = {{"slope", slope}}}, x.where);
}
Tensor elu(TensorAt x, double alpha) {
    return apply("elu", {x.tensor}, {.attributes = {{"alpha", alpha}}}, x.where);
}
Tensor celu(TensorAt x, double alpha) {
    return apply("celu", {x.tensor}, {.attributes = {{"alpha", alpha}}}, x.where);
}
Tensor hard_tanh(TensorAt x, double low, double high) {
    return apply("hard_tanh", {x.tensor}, {.attributes = {{"low", low}, {"high", high}}}, x.where);
}
Tensor softplus(TensorAt x, double beta, double threshold) {
    return apply("scaled_softplus", {x.tensor}, {.attributes = {{"beta", beta}, {"threshold", threshold}}}, x.where);
}
Tensor soft_shrink(TensorAt x, double limit) {
    return apply("soft_shrink", {x.tensor}, {.attributes = {{"limit", limit}}}, x.where);
}
Tensor hard_shrink(TensorAt x, double limit) {
    return apply("hard_shrink", {x.tensor}, {.attributes = {{"limit", limit}}}, x.where);
}
Tensor threshold(TensorAt x, double threshold, double value) {
    return apply("threshold", {x.tensor}, {.attributes = {{"threshold", threshold}, {"value", value}}}, x.where);
}

Tensor glu(TensorAt x, Kind over) {
    return apply("glu", {x.tensor}, {.over = over}, x.where);
}

Tensor softmin(TensorAt x) {
    return softmin(x, detail::scores("softmin", x));
}
Tensor softmin(TensorAt x, Kind over) {
    return apply("softmin", {x.tensor}, {.over = over}, x.where);
}

Tensor prelu(TensorAt x, const PreluOptions& options) {
    Location where = Location::of(x.where);
    const std::shared_ptr<detail::ModelState> model = detail::common_model("prelu", {x.tensor}, where);
    detail::Attempt layer(model);
    const std::string name = detail::layer_name(model, "prelu", options.name, "prelu", where);
    const AxisName kind = x.tensor.type().axis_of(channel) ? channel : feature;
    const Axis along = detail::axis_of("prelu \"" + name + "\"", x.tensor, kind, "", where);
    Tensor slope =
        detail::add_parameter(model, name + ".slope", x.tensor.dtype(), {along}, constant(options.slope), where);
    return layer.keep(apply("prelu", {x.tensor, slope}, {.name = name}, x.where));
}

}  // namespace ricci
