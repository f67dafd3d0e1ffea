/// \file passes/gradient/apply_optimizer.h
/// Turns the gradients that differentiate handed over into the new values of parameters and optimizer state.
///
///   sgd: g = d.w + weight_decay * w;  v' = momentum * v + g;  w' = w - learning_rate * v'   (w - learning_rate * (g +
///        momentum * v') with nesterov). Options: learning_rate, which is needed; momentum, weight_decay and nesterov
///        (0 or 1), which are 0 where not given.
///
/// `learning_rate` is a state of rank 0, so that a caller may set it between steps. A state of that name in the model is
/// taken. A schedule multiplies it by a number that follows from the state `optimizer.step`. Where several calls make a
/// step, `optimizer.call` counts them, `optimizer.samples` has their samples, and `<parameter>.accumulated` the mean
/// gradient of these. A momentum adds the state `<parameter>.velocity`, which begins at 0.
///
/// Runs after:  differentiate.  Runs before: simplify.
/// Ensures:     stage step, also of a graph that trains nothing; Graph::training is empty; the loss is an output called
///              "loss" if it was none.
/// \throws      UserError for an unknown optimizer or option, or an option out of its range.
/// Source:      Sutskever et al. 2013, in the form of PyTorch's SGD (the learning rate outside of the velocity).
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

ir::Graph apply_optimizer(const ir::Graph& graph, const Options& options, Remarks& remarks);

}  // namespace ricci::passes
