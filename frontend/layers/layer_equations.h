/// \file frontend/layers/layer_equations.h
/// Layers written as equations in text: values in between get the layer's name in front. Internal.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "frontend/model/internals.h"
#include "frontend/model/model_state.h"
#include "ricci/error.h"

namespace ricci::detail {

/// Equations of one layer. Names of `values` stand for tensors; each equation adds its own.
class LayerEquations {
  public:
    LayerEquations(std::shared_ptr<ModelState> model, std::string layer, Location where)
        : model_(std::move(model)), layer_(std::move(layer)), where_(std::move(where)) {}

    void give(const std::string& name, const Tensor& tensor) { values_[name] = Internals::id(tensor); }
    /// `part[left] = body`: a value called LAYER.part, or LAYER for the part "y". With `type` where it does not follow.
    Tensor add(const std::string& part, const std::string& equation, const ir::TensorType* type = nullptr);

  private:
    std::shared_ptr<ModelState> model_;
    std::string layer_;
    Location where_;
    std::map<std::string, ir::ValueId> values_;
};

}  // namespace ricci::detail
