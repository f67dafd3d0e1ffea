/// \file passes/fusion/part_kernels.h
/// Kernels whose shared loops cost more than they save.
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

/// Gives each equation of a kernel its own kernel again where that is predicted to take at most kWorthParting of the time.
/// Shared loops leave an equation its other indices for vectors. Where these are few, most lanes are empty: a mean over the
/// samples, in the loop of a softmax, computes one logarithm at a time.
/// \pre `graph` has kernels. Those of batch tiles stay as they are, for samples fill the vectors there.
ir::Graph part_kernels(const ir::Graph& graph, const Machine& machine, Remarks& remarks);

}  // namespace ricci::passes
