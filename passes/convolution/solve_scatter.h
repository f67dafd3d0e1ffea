/// \file passes/convolution/solve_scatter.h
/// Turns scatters into gathers by solving the index equation. Every element of the result is then written once, from a
/// register. A scatter would read and write it again and again.
///
///   d[b, i, y + r, x + s] += p[b, i, r, s, y, x]
///   d[b, i, y, x] = sum(r, s) pad(p[b, i, r, s, y - r, x - s], 0)
///
/// A product is solved in the same way, padded where it is read at what was solved for.
///
/// Runs after:  lower-conv2d (col2im is the scatter that matters).  Runs before: match-gemm, fuse.
/// Requires:    V1 typed values.
/// Ensures:     no scatter that sums a product is left whose window moves by one; a remark says why another stays.
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

ir::Graph solve_scatter(const ir::Graph& graph, const Options& options, Remarks& remarks);

}  // namespace ricci::passes
