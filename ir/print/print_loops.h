/// \file ir/print/print_loops.h
/// The loops of a kernel as text. What follows from them stands in comments, which reading leaves out.
#pragma once

#include <string>

#include "ir/core/graph.h"
#include "ir/loops/kernel_plan.h"

namespace ricci::ir {

/// "for y by 2, vector b of 16:", "compute conv1.sum in registers over i, unrolled dy", ...: lines without indentation
/// but for those inside the loops. `step`: what the loops mean, for the comments; null leaves these out.
std::string print(const Graph& graph, const LoopNest& nest, const LoopStep* step = nullptr);

}  // namespace ricci::ir
