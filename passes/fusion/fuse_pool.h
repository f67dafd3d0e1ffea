/// \file passes/fusion/fuse_pool.h
/// Shapes pooling and what surrounds it so that fuse can join them. These are bias, activation and pooling after the
/// GEMM, and their gradients before the backward one.
///
///      d.z[b, c, y, x] = d.h[b, c, y, x] * (1 - h[b, c, y, x] * h[b, c, y, x])          where d.h spreads d.pool
///   -> d.z[b, c, 2*py + dy, 2*px + dx] = d.h[b, c, 2*py + dy, 2*px + dx] * (1 - ...)    so that d.h can be inlined
///
/// Windows that overlap or leave elements out have gradients that are sums. Those stay, with a remark.
///
/// The activation before the pool is written in rows of windows, h[b, c, 2*py + dy, x], where the plane of a
/// sample's channel passes Machine::most_plane_bytes. A kernel can then run band by band. This is not done in a batch
/// tile behind a contraction: a pool takes its windows from registers there.
///
/// Runs after:  differentiate, simplify.  Runs before: fuse, which inlines and groups.
/// Requires:    the tags avg_pool2d, max_pool2d and their gradients' (".gradient", ".argmax").
/// Ensures:     values are the same; only indices are split.
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

ir::Graph fuse_pool(const ir::Graph& graph, const Options& options, Remarks& remarks);

}  // namespace ricci::passes
