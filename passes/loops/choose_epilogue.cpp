// Tiles of whole windows against tiles without, and the results loaded again for the pool.
#include "passes/loops/choose_epilogue.h"

#include <fmt/format.h>

#include "ir/analysis/windows.h"
#include "passes/loops/choose_tile.h"
#include "passes/loops/choose_vector.h"
#include "passes/loops/tile_cost.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// The plan with as many steps behind it as there can be.
FusedContraction with_epilogue(const Graph& graph, const Uses& uses, Contraction plan,
                                std::span<const Equation* const> behind) {
    FusedContraction fused{std::move(plan), {}, {}};
    for (const Equation* reader : behind) {
        if (!follow(graph, uses, fused.plan, fused.epilogue, *reader).empty()) break;
    }
    return fused;
}

/// By index of the equation, the points that the first pool behind it takes along it; empty when there is none.
IdVector<IndexId, std::int64_t> windows_behind(const Graph& graph, const Equation& first,
                                               std::span<const Equation* const> behind) {
    IdVector<IndexId, IndexId> now(first.indices.size());  // what each index is to the latest equation
    for (const IndexId i : now.ids()) now[i] = i;
    const Equation* writer = &first;
    for (const Equation* reader : behind) {
        const auto windows = windows_of(graph, *writer, *reader);
        if (!windows) break;
        IdVector<IndexId, std::int64_t> extents(now.size(), 1);
        for (const IndexId i : now.ids()) {
            if (now[i] < 0) continue;
            const Window& window = (*windows)[now[i]];
            extents[i] = window.extent;
            now[i] = window.number;
        }
        if (points_of(*windows) > 1) return extents;
        writer = reader;
    }
    return {};
}

/// The nest with the levels of windows apart, and tiles of whole windows.
Nest in_windows(const Graph& graph, const Nest& nest, const IdVector<IndexId, std::int64_t>& windows) {
    std::vector<IndexId> shared;
    for (LevelId level = 0; level < nest.first_own(); ++level) {
        shared.push_back(nest.levels[level].indices[0]);
    }
    std::vector<IndexId> apart;
    for (std::size_t i = 0; i < windows.size(); ++i) {
        if (windows[i] > 1) apart.push_back(static_cast<IndexId>(i));
    }
    Nest cut = choose_nest(graph, *nest.equation, {shared, nest.samples}, nest.lanes, apart);
    cut.whole.assign(cut.levels.size(), 1);
    for (IndexId index : apart) {
        const LevelId level = cut.level_of(index);
        if (level >= 0) cut.whole[level] = windows[index];
    }
    return cut;
}

}  // namespace

std::optional<FusedContraction> choose_epilogue(const Graph& graph, const Uses& uses, const Nest& first,
                                                std::span<const Equation* const> behind, const Machine& machine) {
    if (first.accumulates) return std::nullopt;
    std::optional<FusedContraction> best;
    std::optional<Contraction> plain = plan_contraction(first, machine);
    if (plain && !plain->nest.reduces_along_vector()) best = with_epilogue(graph, uses, *plain, behind);
    if (!best) return best;
    const IdVector<IndexId, std::int64_t> windows = windows_behind(graph, *first.equation, behind);
    if (windows.empty()) return best;
    std::optional<Contraction> pooling = plan_contraction(in_windows(graph, first, windows), machine);
    const std::string& name = graph.value(first.equation->result).name;
    const double apart = best->plan.cycles + reload_cycles(best->plan, machine);
    if (!pooling || pooling->nest.reduces_along_vector()) {
        best->remark = fmt::format("{}: no tile holds whole windows of the pool behind it in {} registers", name,
                                   machine.vector_registers);
    } else if (pooling->cycles >= apart) {
        best->remark = fmt::format(
            "{}: whole windows of the pool behind it in registers would take {:.0f} cycles, a tile "
            "without and loading the results again {:.0f}",
            name, pooling->cycles, apart);
    } else {
        FusedContraction fused = with_epilogue(graph, uses, std::move(*pooling), behind);
        if (fused.epilogue.steps.size() > best->epilogue.steps.size()) best = std::move(fused);
    }
    return best;
}

}  // namespace ricci::passes
