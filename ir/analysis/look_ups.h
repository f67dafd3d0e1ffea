/// \file ir/analysis/look_ups.h
/// Indices that need no loop: an equality in the body leaves one of their positions, the id.
///
///     y[b, f] = sum(v) select(tokens[b] == v, E[v, f], 0)         reads the row that tokens[b] says
///     d[v, f] = sum(b) select(tokens[b] == v, g[b, f], 0)         adds to the row that tokens[b] says
#pragma once

#include <vector>

#include "ir/core/graph.h"

namespace ricci::ir {

struct LookUp {
    IndexId index;
    ExprRef id;   // an integer, of the other indices
    bool inside;  // every id is a position of the index: the call that binds it has checked
};

/// The look-ups of a reduction whose body is the reduction's identity wherever an id is another one. Of two indices that
/// tell each other one is a look-up. Cost: a walk over the body.
std::vector<LookUp> look_ups(const Graph& graph, const Equation& equation);

/// True when, outside of batch tiles, ids say which elements of the result are added to.
bool scatters_by_ids(const Graph& graph, const Equation& equation);

}  // namespace ricci::ir
