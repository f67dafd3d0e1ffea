/// \file passes/loops/describe_loops.h
/// Plans as the text says them: what ir/loops/kernel_plan.h reads a plan from.
#pragma once

#include "ir/loops/kernel_plan.h"

namespace ricci::passes {

/// The text of a step's loops.
ir::LoopNest describe(const ir::LoopStep& step);
/// That of a register tile and its epilogue.
ir::LoopNest describe(const ir::Contraction& tile, const ir::Epilogue& epilogue);

}  // namespace ricci::passes
