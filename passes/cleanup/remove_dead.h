/// \file passes/cleanup/remove_dead.h
/// Drops equations that no output, update, gradient request or training needs, and values that nothing mentions.
///
/// Runs after:  every pass that redirects readers.  Runs before: anything that costs time per equation.
/// Ensures:     each equation's result is needed. Inputs, parameters and states stay: they are the program's signature.
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

ir::Graph remove_dead(const ir::Graph& graph, const Options& options, Remarks& remarks);

}  // namespace ricci::passes
