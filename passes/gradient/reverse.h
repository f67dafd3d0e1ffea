/// \file passes/gradient/reverse.h
/// One reverse pass: the gradients of one scalar by some values, appended to the graph. The engine of differentiate.
#pragma once

#include <string>
#include <vector>

#include "ir/core/graph.h"

namespace ricci::passes {

/// "d.conv1.kernel": the name of a gradient, where it is not taken.
std::string gradient_name(const ir::Value& value);

/// Appends the equations of d `of` / d each of `by`. Returns their gradient values in that order; -1 where `of` does
/// not depend on the value. \pre `of` is a float scalar. \throws UserError for a reduction it has no rule for.
std::vector<ir::ValueId> reverse_sweep(ir::Graph& graph, ir::ValueId of, const std::vector<ir::ValueId>& by);

}  // namespace ricci::passes
