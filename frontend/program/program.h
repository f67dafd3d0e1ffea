/// \file frontend/program/program.h
/// What is compiled: the part of a model that some values need, and whether it trains.
#pragma once

#include <memory>
#include <source_location>
#include <string>
#include <vector>

#include "frontend/model/model.h"
#include "frontend/model/tensor.h"
#include "frontend/program/optimizer.h"
#include "ir/core/graph.h"

namespace ricci {

/// A graph of its own at stage model: only inputs, parameters and equations that its outputs need.
struct Program {
    ir::Graph graph;
    std::shared_ptr<detail::ModelState> model;  // whose parameters it shares
    /// Copies are the same program: what is compiled from them shares one learning rate and one optimizer state.
    std::shared_ptr<const void> identity = std::make_shared<char>();
};

/// One step of training: forward, gradients of all parameters that `loss` depends on, update. Its output is "loss".
/// \throws UserError unless loss is one floating-point number that depends on a parameter.
Program training_step(const Tensor& loss, const Optimizer& optimizer,
                      std::source_location where = std::source_location::current());

/// These values and nothing else: logits to test with. Outputs have the names of their tensors, in this order; one that
/// is given again is NAME.2, NAME.3, ...
/// \throws UserError for none, or values of several models.
Program forward(const std::vector<Tensor>& outputs, std::source_location where = std::source_location::current());
/// Everything that Model::output() made one.
Program forward(const Model& model, std::source_location where = std::source_location::current());

/// `of` and its gradients by each of `by` (all parameters when empty): outputs of's name and "gradient.NAME", in this
/// order; one that is given again is gradient.NAME.2.
/// \throws UserError unless `of` is one floating-point number, and each of `by` is floating point.
Program gradients(const Tensor& of, const std::vector<Tensor>& by = {},
                  std::source_location where = std::source_location::current());

}  // namespace ricci

/// The program as equations, in the text form that the parser reads.
template <>
struct fmt::formatter<ricci::Program> : fmt::formatter<ricci::ir::Graph> {
    template <typename Context>
    auto format(const ricci::Program& program, Context& context) const {
        return fmt::formatter<ricci::ir::Graph>::format(program.graph, context);
    }
};
