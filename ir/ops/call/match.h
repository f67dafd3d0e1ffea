/// \file ir/ops/call/match.h
/// Which axes of a call's operands an op's signature means.
#pragma once

#include "ir/ops/call/binding.h"

namespace ricci::ir {

/// Matches the axes of the operands; fills operands, names and shared, and the constants that are extents.
void bind_operands(Binding& binding, const Graph& graph);

}  // namespace ricci::ir
