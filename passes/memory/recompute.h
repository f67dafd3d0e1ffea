/// \file passes/memory/recompute.h
/// Computes values of the forward pass anew where the backward pass reads them, so that they are not kept in between.
///
///     relu1.again[b, c, y, x] = max(norm1[b, c, y, x], 0)  @relu       # before the first gradient that reads it
///
/// Only where Options::memory bounds the arena, and the bound is not kept without. What may be computed anew: the result of
/// a pointwise equation outside of batch tiles, a copy among them, that leaves no program.
/// - Its readers are cut in two where the widest gap between them is; those behind it read the new value.
/// - Pointwise equations that it reads, and that nothing keeps until then, are computed anew with it.
/// - It counts what it frees, less other operands that then have to stay for longer.
/// - Values are taken by bytes freed for each operation added, as few as the bound asks for. How many these are is found by
///   planning: the peak is what plan-memory will say, on one thread.
///
/// Runs after:  lower-precision: methods and tiles are known.  Runs before: fuse-pool, which puts new values into their readers.
/// Requires:    no kernels yet.
/// Ensures:     the arena of Options::memory_samples samples is within the bound; values are unchanged. A remark says the
///              peak, with and without, and what is computed anew.
/// \throws UserError where the bound cannot be kept, with both numbers and the least that can be.
/// Source:      Chen, Xu, Zhang, Guestrin 2016, "Training Deep Nets with Sublinear Memory Cost".
#pragma once

#include <optional>

#include "passes/pass.h"

namespace ricci::passes {

ir::Graph recompute(const ir::Graph& graph, const Options& options, Remarks& remarks);

/// The bytes that a text asks for: "200000", "200K", "200M", "1G", in thousands. Nothing for "", which is no bound.
/// \throws UserError for another text, and for 0.
std::optional<std::int64_t> memory_bound(const std::string& text);

/// Bytes of the arena of a planned graph for so many samples, on one thread. Each tile counts as a chunk, up to eight.
std::int64_t arena_bytes(const ir::Graph& planned, std::int64_t samples);

}  // namespace ricci::passes
