/// \file passes/loops/choose_loops.h
/// The loops of equations that are no register tiles.
#pragma once

#include <optional>

#include "ir/loops/plain_loops.h"
#include "ir/loops/transpose.h"
#include "passes/machine.h"

namespace ricci::passes {

/// Unrolls loops, innermost first, while the code stays small. `split`: a level that a call does a part of, which stays a
/// loop; -1 for none.
ir::PlainLoops choose_plain_loops(const ir::Nest& nest, ir::LevelId split);

/// Nothing where the equation does more than copy one value, or a block would be mostly empty.
std::optional<ir::Transpose> choose_transpose(const ir::Graph& graph, const ir::Nest& nest, const Machine& machine);

}  // namespace ricci::passes
