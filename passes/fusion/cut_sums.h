/// \file passes/fusion/cut_sums.h
/// Sums over a shared loop of a kernel, which would keep threads from sharing out its rounds. Internal to passes.
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

/// Threads share out the rounds of a kernel's outermost loop where each equation writes rows of its own with it. A sum over
/// that loop, as in the gradient of a batch norm, prevents it. Such a sum becomes a part for each round, which is such a
/// row. A kernel of its own behind adds up the parts:
///
///     d.scale[c] = sum(b, y, x) ...     d.scale.parts[b, c] = sum(y, x) ...  and  d.scale[c] = sum(b) d.scale.parts[b, c]
///
/// The parts follow from the graph alone, so the bits depend on no number of threads. A kernel stays as it is where it is
/// small, or where its parts would be many beside what it computes. \pre `graph` has kernels. Those of batch tiles stay.
ir::Graph cut_sums(const ir::Graph& graph, Remarks& remarks);

}  // namespace ricci::passes
