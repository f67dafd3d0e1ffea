/// \file passes/memory/share_storage.h
/// Which values can be the same bytes as another.
#pragma once

#include <vector>

#include "passes/pass.h"

namespace ricci::passes {

/// By ValueId: the value whose storage this one takes, -1 for its own. In this order:
///   views     a copy whose elements lie at the same addresses on both sides (a flatten, a relabelling): nothing to do;
///   in place  a pointwise result over an operand that is read for the last time, exactly at the element written;
///   updates   the new value of a parameter or state over the old one, when each element's old value is read before.
/// Equations of the same kernel count as earlier only where they read what the same iteration overwrites. Outputs have
/// storage of their own, and what lives inside a batch tile shares only with its like. Inputs, parameters and states
/// are never overwritten but by their update. A remark says which updates must be copied, and why.
ir::IdVector<ir::ValueId, ir::ValueId> share_storage(const ir::Graph& graph, Remarks& remarks);

}  // namespace ricci::passes
