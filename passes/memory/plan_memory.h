/// \file passes/memory/plan_memory.h
/// Gives every temporary a place in one arena, so that a run allocates nothing and bytes are used again and again.
///
///     place h at 18816, 18816 bytes per sample, live 1..4            place flat at 0, 1600 bytes per sample, ...,
///     shares pool
///
/// Values of an open batch lie in a part of the arena that grows with it: offset and bytes count per sample. A value
/// lives from the kernel that writes it to the last kernel that reads it; all that one kernel touches is live together.
/// Values that live only inside a batch tile lie in a part of which each thread has one. That part has bytes for the
/// samples of the tile. Sums over the samples lie in a part of which each chunk of tiles has one. What outlives a round
/// of a tile is live in the whole tile, for its equations run again and again. Larger values are placed first, each in
/// the smallest gap that fits. passes/memory/share_storage.h says which values are the same bytes. Outputs have no
/// place: they are buffers of their own. Nor has the source of an update that shares its target, nor what only registers
/// hold.
///
/// Runs after:  plan-loops; it is the last pass.
/// Requires:    loops.
/// Ensures:     offsets are multiples of kAlignment. No two values that live together overlap, unless they share. A remark
///              gives the arena's sizes, with and without reuse.
/// Source:      Pisarchyk, Lee 2020, "Efficient Memory Management for Deep Neural Net Inference", greedy by size.
#pragma once

#include "ir/base/memory.h"
#include "passes/pass.h"

namespace ricci::passes {

ir::Graph plan_memory(const ir::Graph& graph, const Options& options, Remarks& remarks);

}  // namespace ricci::passes
