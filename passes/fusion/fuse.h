/// \file passes/fusion/fuse.h
/// Joins equations into kernels. Pointwise chains become one equation. What a row or plane goes through on its way
/// shares its loops, so that it is still in the cache.
///
///     kernel h.to.pool(b, c) {
///         h[b, c, y, x] = tanh(conv[b, c, y, x] + bias[c])
///         pool[b, c, y, x] = sum(dy: tap_h 2, dx: tap_w 2) 0.25 * h[b, c, 2*y + dy, 2*x + dx]  @avg_pool2d
///     }
///
/// What is put into its reader: passes/fusion/inline_pointwise.h. What shares loops, and how many:
/// passes/fusion/kernel_groups.h. What a contraction takes into its kernel: passes/fusion/kernel_operands.h. GEMMs and
/// other calls stay alone. Without --fuse every equation is a kernel of its own.
///
/// Runs after:  match-gemm, fuse-pool.  Runs before: plan-memory.
/// Requires:    no kernels yet.
/// Ensures:     every equation is in a kernel. What it reads there of the others' results was written in the same
///              iteration of the shared loops.
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

ir::Graph fuse(const ir::Graph& graph, const Options& options, Remarks& remarks);

}  // namespace ricci::passes
