/// \file passes/layout/permuted_kernels.h
/// Copies between a kernel as the caller has it and as a convolution mentions it. A convolution reads a kernel in any
/// order of axes, and writes its gradient in any. So the first of these equations goes, and the second reads w:
///
///     kernel[o, i, r, s] = w[r, s, i, o]
///     y[b, p, q, o] = sum(i, r, s) x[...] * kernel[o, i, r, s]
///
/// Every method repacks what it wants in another order, and its predicted time has that.
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

/// Undecided convolutions read the source of such a copy, and write the result of one. A remark names each copy that
/// goes. Cost: one pass over the graph.
ir::Graph without_permuted_kernels(const ir::Graph& graph, Remarks& remarks);

}  // namespace ricci::passes
