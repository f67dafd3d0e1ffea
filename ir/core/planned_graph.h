/// \file ir/core/planned_graph.h
/// A graph with what is looked up for each of its kernels while code is made of it.
#pragma once

#include "ir/core/graph.h"
#include "ir/core/uses.h"

namespace ricci::ir {

/// The answers are those of the graph as it was when this was made. Cost: one pass over the graph, then a step each.
struct PlannedGraph {
    explicit PlannedGraph(const Graph& planned) : graph(planned), uses(planned), storages(ir::storages(planned)) {}

    const Graph& graph;
    Uses uses;
    IdVector<ValueId, ValueId> storages;  // by value, the one whose bytes it is
};

}  // namespace ricci::ir
