// Parses the equation of a layer and elaborates it under the layer's name.
#include "frontend/layers/layer_equations.h"

#include "ir/elaborate/elaborate.h"
#include "ir/surface/surface_parser.h"

namespace ricci::detail {

Tensor LayerEquations::add(const std::string& part, const std::string& equation, const ir::TensorType* type) {
    const std::string name = part == "y" ? layer_ : layer_ + "." + part;
    ir::surface::Equation parsed = ir::parse_equation(equation, layer_, 1);
    parsed.result = name;
    if (type) parsed.type = *type;
    parsed.location = where_;
    const ir::ValueId value = ir::elaborate(model_->graph, parsed, {.constants = {}, .values = values_, .subject = layer_});
    values_[part] = value;
    return tensor_of(model_, value);
}

}  // namespace ricci::detail
