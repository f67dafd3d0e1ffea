/// \file passes/tiles/tile_batch.h
/// Makes forward and backward run a few samples at a time. What passes between equations then never leaves the cache
/// and does not grow with the batch. Only sums over the samples cross tiles.
///
///     h[b, i] = tanh(x[b, i])                tile h.to.dw(16) {
///     dw[i] = sum(b: batch ?) h[b, i]  ->        x.tile[i, b] = x[b, i]  by copy enter
///                                                h[i, b] = tanh(x.tile[i, b])
///                                                dw[i] = sum(b: batch ?) h[i, b]
///                                            }
///
/// Equations move so that each region of passes/tiles/tile_plan.h is consecutive. Inside, values have their batch axis
/// innermost, so that samples become the lanes of a vector. Channels are outermost, whatever the layout of the model.
/// - A batched value of two axes or more that enters is copied to such a value before it is first read.
/// - One that leaves is copied out of such a value.
/// - Values of one axis are used where they are.
/// - A sum over the samples that is an output or an update is copied behind the tile.
///
/// Runs after:  the clean-up of what lowering leaves.  Runs before: match-gemm, for axes decide what is a GEMM.
/// Requires:    typed values, no kernels yet, an open batch.
/// Ensures:     rules V19 to V22; remarks give samples, bytes, equations, and what couples samples.
/// Source:      Huang et al. 2019, "GPipe", cuts a batch in the same way; Wolf, Lam 1991, "A Data Locality Optimizing
///              Algorithm", says when.
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

ir::Graph tile_batch(const ir::Graph& graph, const Options& options, Remarks& remarks);

}  // namespace ricci::passes
