/// \file passes/cleanup/hoist.h
/// Computes once what would be computed again and again.
///
///     y[b, c, i] = (x[b, c, i] - m[c]) / sqrt(v[c] + 1e-05)         y.part[c] = 1 / sqrt(v[c] + 1e-05)
///                                                             ->    y[b, c, i] = (x[b, c, i] - m[c]) * y.part[c]
///     s[c] = sum(b: batch ?, i: width 99) d[b, c, i] * w[c]         s.sum[c] = sum(b: batch ?, i: width 99) d[b, c, i]
///                                                             ->    s[c] = s.sum[c] * w[c]
///
///   parts    of a body that read fewer indices than the equation has, and take kLeastOperations, become values of their
///            own. So does the reciprocal of what a body divides by. Sums over the same elements then say the same, and
///            cse makes one of them: the four of a batch norm's gradient are two.
///   factors  of a sum that none of its reduced indices change go behind it.
///
/// Both ask that a point of what is hoisted stands for kLeastRepeats points of the equation, and that it reads a tensor.
/// A product with a reciprocal rounds twice where a quotient rounds once; a factor behind a sum rounds once, not each time.
///
/// Runs after:  differentiate, whose gradients repeat the forward bodies.  Runs before: cse, choose-layout.
/// Ensures:     values of outputs and updates are the same but for such roundings.
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

ir::Graph hoist(const ir::Graph& graph, const Options& options, Remarks& remarks);

}  // namespace ricci::passes
