/// \file passes/fusion/fuse_pool.h
/// Shapes pooling and what surrounds it so that fuse can join them: bias, activation and pooling after the GEMM, and
/// their gradients before the backward one.
///
///     d.z[b, c, y, x] = d.h[b, c, y, x] * (1 - h[b, c, y, x] * h[b, c, y, x])          where d.h spreads d.pool
/// ->  d.z[b, c, 2*py + dy, 2*px + dx] = d.h[b, c, 2*py + dy, 2*px + dx] * (1 - ...)    so that d.h can be inlined
///
/// Windows that overlap or leave elements out have gradients that are sums: those stay, with a remark. Where a plane of
/// one sample and channel passes Machine::most_plane_bytes, the activation before the pool is written in rows of windows,
/// h[b, c, 2*py + dy, x], so that a kernel can run band by band; not in a batch tile behind a contraction, where a pool
/// takes its windows from registers.
///
/// Runs after:  differentiate, simplify.  Runs before: fuse, which inlines and groups.
/// Requires:    the tags avg_pool2d, max_pool2d and their gradients' (".gradient", ".argmax").
/// Ensures:     values are the same; only indices are split.
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

ir::Graph fuse_pool(const ir::Graph& graph, const Options& options, Remarks& remarks);

}  // namespace ricci::passes
