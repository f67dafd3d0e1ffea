/// \file passes/cleanup/deviations.h
/// Sums of deviations from a mean.
#pragma once

#include "ir/core/graph.h"

namespace ricci::passes {

/// The read of m where an equation adds up f * (x - m), null for others. There m is the mean of the same elements of x, and
/// f is one number for the whole run. Such a sum is 0, and rounding would give a little more or less. The gradient of a
/// variance by its mean is one. Where some x is nan or infinite so is m, and the sum is nan.
/// \pre a sum of floats. The left is bare indices, in order. Cost: a walk over the body.
ir::ExprRef mean_of_deviations(const ir::Graph& graph, const ir::Equation& sum);

}  // namespace ricci::passes
