/// \file passes/cleanup/simplify.h
/// Makes equations smaller without changing what they give: one round of rules; the pipeline repeats it.
///
///   bodies       the rules of passes/cleanup/fold.h. The extent of a static index is its number. From stage step on,
///                stop_gradient is its operand: no gradient is taken any more. Comparisons of indices that hold at every
///                point, or at none, are truths (ir/analysis/decided.h).
///   reads        of a constant tensor are the constant. Those of an identity copy (same type, same order of axes) are of
///                the original. A copy that only another copy reads is merged into it. A pad that no point reaches goes.
///   scatters     that move by a constant are copies (passes/cleanup/shift_scatter.h)
///   reductions   over indices of extent 1 lose them; over nothing they become `=`; a clip that no point reaches goes
///
/// Convolutions keep their indices: lower-conv2d reads them. Copies that change the order
/// of axes stay: choose-layout put them there.
///
/// Runs after:  any pass up to stage lowered.  Runs before: cse.
/// Ensures:     values of outputs and updates are the same, up to the exceptions that fold.h states.
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

ir::Graph simplify(const ir::Graph& graph, const Options& options, Remarks& remarks);

}  // namespace ricci::passes
