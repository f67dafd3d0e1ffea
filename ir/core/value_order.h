/// \file ir/core/value_order.h
/// The numbers of a graph's values, which its text does not tell.
#pragma once

#include <string>
#include <vector>

#include "ir/core/graph.h"

namespace ricci::ir {

/// Each mention of a value in the graph becomes what `to` has for it. The values themselves stay where they are.
void renumber(Graph& graph, const IdVector<ValueId, ValueId>& to);

/// Gives values the order of these names. False, and nothing done, unless they are the names of all values.
bool put_in_order(Graph& graph, const std::vector<std::string>& names);

}  // namespace ricci::ir
