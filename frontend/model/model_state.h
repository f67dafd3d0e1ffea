/// \file frontend/model/model_state.h
/// What the handles of a model share: the graph, the names given out, and the tensors still to be defined. Internal.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/model/internals.h"
#include "ricci/tensor.h"
#include "ir/core/graph.h"
#include "ir/surface/surface.h"

namespace ricci {
class Parameters;
}

namespace ricci::detail {

/// The input that says which reading of the model a program is: see Model::training().
inline constexpr std::string_view kTraining = "training";

/// What a Tensor's handle stands for. `value` is -1 until the tensor has an equation.
struct Handle {
    std::string name;
    ir::ValueId value = -1;
    Location location{};
    std::optional<TensorType> type{};  // said beforehand, of a tensor without an equation
};

struct ModelState {
    ir::Graph graph;
    ir::IdVector<HandleId, Handle> handles;
    std::map<std::string, int> counters;     // the last number given to each base name
    std::shared_ptr<Parameters> parameters;  // what the programs of this model share; made by the first compile

    /// A free name: base1, base2, ...
    std::string number(const std::string& base);
    /// \throws UserError unless `name` is well formed and no value or tensor has it. `what`: "input", "parameter".
    void claim(std::string_view what, const std::string& name, const Location& where) const;
};

/// The truth value of Model::training(), added when the model has none yet.
ir::ValueId training_of(ModelState& model);
/// The parameters that all programs of the model use unless others are given; made and drawn on first use.
Parameters shared_parameters(ModelState& model);
/// An index expression for each axis, named by its kind: batch, channel, height, feature, feature2.
std::vector<ir::surface::IndexExpr> index_names(const std::vector<ir::Axis>& axes);
/// A handle on a value of the graph.
Tensor tensor_of(const std::shared_ptr<ModelState>& model, ir::ValueId value);
/// Letters, digits and '_', from a letter on, in parts joined by '.'.
bool is_identifier(std::string_view name);
/// \throws UserError naming `what`, the axis and its extent unless every extent is at least 1, or open on kind batch.
void check_axes(const std::string& what, const std::vector<ir::Axis>& axes, const Location& where);
/// The model of all these operands. \throws UserError unless each tensor is defined and all are of one model; `what` is
/// the layer's name.
std::shared_ptr<ModelState> common_model(std::string_view what, const std::vector<Tensor>& operands,
                                         const Location& where);

}  // namespace ricci::detail
