/// \file passes/loops/print_plan.h
/// The plan of a kernel as text for people: what `ricci opt --emit=loops` prints.
#pragma once

#include <string>

#include "passes/loops/kernel_plan.h"

namespace ricci::codegen {

/// Its equations, and the loops that compute them, outermost first:
///
///     kernel net.h() {
///         h[o, b] = sum(i: feature 30) x[i, b] * w[o, i]  by register tile
///         for vector b 16 of 16 lanes, o 10 by 10:
///             10 sums in registers over i 30  # 0.62 cycles a vector of products
///     }
///
/// `by` says how many points or vectors of a loop one round does. Cycles are predicted, an open batch as 64.
std::string print(const ir::Graph& graph, const KernelSource& source, const KernelPlan& plan);

}  // namespace ricci::codegen
