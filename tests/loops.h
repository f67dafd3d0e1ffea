/// \file tests/loops.h
/// Loops for graphs that tests make by hand, at any stage before loops.
#pragma once

#include "codegen/jit/target.h"
#include "passes/loops/plan_loops.h"

namespace ricci::test {

/// What the cost models are told of a target: its row, without the caches of this host.
inline passes::Machine machine_of(const codegen::Target& target) {
    return passes::machine_for(target.cpu, target.lanes(f32));
}

/// The graph at stage planned, with loops for the target. Values that have no place must be outputs.
inline ir::Graph with_loops(const ir::Graph& graph, const codegen::Target& target = codegen::Target::host()) {
    passes::Remarks remarks;
    ir::Graph planned = passes::plan_loops(graph, {.machine = machine_of(target)}, remarks);
    planned.stage = ir::Stage::planned;
    return planned;
}

}  // namespace ricci::test
