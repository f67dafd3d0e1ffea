/// \file passes/loops/plan_loops.h
/// Chooses the loops of every kernel: their order, the vector, register tiles, what is unrolled, and what threads
/// split. It also chooses what is computed in registers before and behind a sum.
///
///     kernel conv1.sum.to.pool1() {
///         for y by 2, x by 2, vector b of 16, o by 6:
///             compute conv1.sum in registers over dy, unrolled dx  predicted 0.59 cycles
///             then tanh1
///             then pool1, stored
///         conv1.sum: ...
///
/// A pointwise equation is computed inside the sum of products behind it where that is predicted to take fewer cycles.
/// So are equations behind a sum, from its registers.
///
/// Runs after:  fuse.
/// Requires:    kernels.
/// Ensures:     every equation is in a kernel whose loops code generation can write (V24). A remark says why a pool stays
///              a loop of its own.
/// Cost:        some milliseconds a register tile: every tile that the registers take is looked at.
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

ir::Graph plan_loops(const ir::Graph& graph, const Options& options, Remarks& remarks);

}  // namespace ricci::passes
