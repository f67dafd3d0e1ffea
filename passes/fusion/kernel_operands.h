/// \file passes/fusion/kernel_operands.h
/// Puts the equation that makes one operand of a contraction into the contraction's kernel, so that its elements need
/// not be stored.
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

/// In a batch tile, joins a kernel that makes an operand with the kernel of the contraction that multiplies it. The
/// first is one of a pointwise equation and perhaps sums of its result; nothing else reads that result. The outcome has
/// no shared loops:
///
///     kernel d.z.to.d.k() {
///         d.z[c, y, x, b] = d.h[c, y, x, b] * (1 - h[c, y, x, b] * h[c, y, x, b])
///         d.bias[c] = sum(b: batch ?, y: height 28, x: width 28) d.z[c, y, x, b]
///         d.k[c, r, s] = sum(b: batch ?, y: height 28, x: width 28) d.z[c, y, x, b] * x[y + r, x + s, b]  @contraction
///     }
///
/// Codegen may then compute each element where the contraction multiplies it, and add it to the sums there. An operand
/// stays apart, with a remark, when
/// - several contractions multiply it, or
/// - an element goes into more results than `registers`, the vector registers of the machine, hold: it would have to be
///   computed again and again.
ir::Graph join_operands(const ir::Graph& graph, const Machine& machine, Remarks& remarks);

}  // namespace ricci::passes
