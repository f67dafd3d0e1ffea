/// \file codegen/emit/planned_graph.h
/// A graph with what the emission of each of its kernels looks up. Internal to codegen.
#pragma once

#include "ir/core/graph.h"
#include "ir/core/uses.h"

namespace ricci::codegen {

/// The answers are those of the graph as it was when this was made. Cost: one pass over the graph, then a step each.
struct PlannedGraph {
    explicit PlannedGraph(const ir::Graph& planned) : graph(planned), uses(planned), storages(ir::storages(planned)) {}

    const ir::Graph& graph;
    ir::Uses uses;
    ir::IdVector<ir::ValueId, ir::ValueId> storages;  // by value, the one whose bytes it is
};

}  // namespace ricci::codegen
