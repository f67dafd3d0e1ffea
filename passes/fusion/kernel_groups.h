/// \file passes/fusion/kernel_groups.h
/// Which equations run as one loop nest, and over which shared loops.
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

/// Puts every equation in a kernel (Graph::kernels, Equation::kernel) and the kernels in an order that dependencies
/// allow. An equation joins the kernel of one of its operands when
///   - all it reads there was written in the same iteration of the shared loops (ir::same_iteration),
///   - nothing outside the kernel stands between them,
///   - the batch is a shared loop, if one of them runs over it,
///   - what they pass on fits Machine::most_iteration_bytes.
/// Where it reads from several kernels, those become one under the same conditions.
///
/// Shared loops:
/// - They are indices of the first equation's left. Those of the last axis stay inside, for vectors.
/// - As few are taken as keep Machine::iteration_bytes, because long inner loops are better. The batch is always one of
///   them.
/// - An equation may reduce over a shared loop: its result is set to the identity before the nest.
/// - A kernel of one equation has the batch as its only shared loop, if its left has it. Calls have none.
/// - Without `join` every equation is such a kernel.
///
/// In a batch tile:
/// - Samples are lanes and never a shared loop, and bytes count for the samples of the tile.
/// - The first equation to join a contraction takes each of its elements once, alone or in windows of at most 16
///   (ir/analysis/windows.h). No loop is shared then.
/// - What such equations pass on in turn stays in registers and counts no bytes.
/// - No kernel crosses the border of a tile.
ir::Graph group_kernels(const ir::Graph& graph, bool join, const Machine& machine, Remarks& remarks);

}  // namespace ricci::passes
