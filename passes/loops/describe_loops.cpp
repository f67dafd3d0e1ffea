// Levels by the names of their indices.
#include "passes/loops/describe_loops.h"

#include <algorithm>
#include <cmath>

#include "ir/loops/prologue.h"

namespace ricci::passes {
namespace {

using namespace ir;

std::vector<std::string> names_of(const Nest& nest, LevelId level) {
    std::vector<std::string> names;
    for (IndexId id : nest.levels[level].indices)
        names.push_back(nest.equation->indices[id].name);
    return names;
}

Loop loop_over(const Nest& nest, LevelId level, bool unrolled) {
    Loop loop{.indices = names_of(nest, level)};
    loop.unrolled = unrolled;
    loop.vector = level == nest.vector;
    loop.look_up = nest.look_up(level) != nullptr;
    if (loop.vector && nest.pair >= 0) loop.pair = names_of(nest, nest.pair);
    return loop;
}

/// Vectors of points that all loops of a plan run through.
double vectors_of(const Contraction& tile) {
    double count = 1;
    for (const LevelId level : tile.nest.levels.ids())
        count *= static_cast<double>(tile.units(level));
    return count;
}

LoopNest describe(const PlainLoops& plan) {
    const Nest& nest = plan.nest;
    LoopNest text;
    text.result = nest.equation->result;
    const auto add = [&](std::vector<Loop>& loops, LevelId level) {
        loops.push_back(loop_over(nest, level, plan.written_out[level]));
    };
    for (LevelId level : plan.left) add(text.outer, level);
    for (LevelId level : plan.reduced) add(text.inner, level);
    if (nest.vector >= 0) {
        add(nest.reduces_along_vector() ? text.inner : text.outer, nest.vector);
        text.lanes = nest.lanes;
    }
    return text;
}

LoopNest describe(const TransposeLoops& loops) {
    const Transpose& plan = loops.transpose;
    LoopNest text;
    text.form = LoopNest::Form::transpose;
    text.result = loops.nest.equation->result;
    text.lanes = plan.lanes;
    for (LevelId level : plan.outer) text.outer.push_back({.indices = names_of(loops.nest, level)});
    for (LevelId level : {plan.row, plan.column}) text.inner.push_back({.indices = names_of(loops.nest, level)});
    return text;
}

LoopNest describe(const TileLoops& loops) {
    return passes::describe(loops.tile, loops.epilogue);
}

}  // namespace

LoopNest describe(const Contraction& tile, const Epilogue& epilogue) {
    const Nest& nest = tile.nest;
    LoopNest text;
    text.form = LoopNest::Form::register_tile;
    text.result = nest.equation->result;
    text.lanes = nest.lanes;
    for (LevelId level : tile.loops) {
        text.outer.push_back(loop_over(nest, level, tile.constant[level]));
        text.outer.back().by = tile.count(level);
    }
    for (LevelId level : tile.reduced) text.inner.push_back(loop_over(nest, level, false));
    for (LevelId level : tile.written_out) text.inner.push_back(loop_over(nest, level, true));
    if (nest.prologue) {
        text.operand = nest.prologue->written;
        for (const Prologue::Sum& sum : nest.prologue->sums)
            text.alongside.push_back(sum.equation->result);
    }
    text.stored = epilogue.steps.empty() || epilogue.keeps_sum;
    for (const EpilogueStep& step : epilogue.steps) text.following.push_back({step.nest.equation->result, step.kept});
    text.cycles = std::round(100 * tile.cycles / vectors_of(tile)) / 100;
    return text;
}

LoopNest describe(const LoopStep& step) {
    return std::visit([](const auto& loops) { return describe(loops); }, step.loops);
}

}  // namespace ricci::passes
