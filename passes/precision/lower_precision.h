/// \file passes/precision/lower_precision.h
/// Rounds the factors of products of matrices and of convolutions to bf16, and lets a routine for bf16 compute them.
///
/// The rule, for an equation that runs as a call: both factors x become round_bf16(x), and the schedule the routine's. Its sums
/// are f32. Nothing else is rounded: the values themselves, weights among them, stay f32, and so do statistics, losses and
/// updates. With precision bf16 that is done where it is predicted to be faster; with bf16-all everywhere. A remark gives both
/// times. What runs in batch tiles or in loops stays as it is.
///
/// Runs after:  match-gemm, lower-conv2d: methods are chosen.  Runs before: fuse.
/// Ensures:     values move by 2^-8 of the terms of a product at the most; nothing with precision f32.
/// Source:      Micikevicius et al. 2018, "Mixed Precision Training"; Kalamkar et al. 2019, "A Study of BFLOAT16".
#pragma once

#include "ir/core/graph.h"
#include "passes/pass.h"

namespace ricci::passes {

ir::Graph lower_precision(const ir::Graph& graph, const Options& options, Remarks& remarks);

}  // namespace ricci::passes
