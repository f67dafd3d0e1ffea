// Rules about batch tiles.
#include "ir/verify/verify_tiles.h"

#include <set>

#include "ir/core/tile.h"
#include "ir/core/uses.h"
#include "ir/surface/lexer.h"

namespace ricci::ir {
namespace {

/// Tiles by themselves: names, samples, equations in a row.
void check_blocks(Report& report) {
    const Graph& graph = report.graph();
    std::set<std::string_view> names;
    for (const BatchTile& tile : graph.tiles) {
        if (!is_value_name(tile.name)) report.add("V2", Location{}, "the text cannot spell the tile \"{}\"", tile.name);
        if (!names.insert(tile.name).second) report.add("V2", Location{}, "two tiles are called {}", tile.name);
        if (tile.samples < 1)
            report.add("V19", Location{}, "tile {} runs {} samples at a time", tile.name, tile.samples);
    }
    if (graph.stage < Stage::step && !graph.tiles.empty()) {
        report.add("V19", Location{}, "stage {} has tiles", name_of(graph.stage));
    }
    IdVector<TileId, bool> seen(graph.tiles.size(), false);
    IdVector<KernelId, TileId> of_kernel(graph.kernels.size());
    IdVector<KernelId, bool> kernel_seen(graph.kernels.size(), false);
    TileId before = -1;
    for (const Equation& equation : graph.equations) {
        if (equation.tile >= 0 && equation.tile != before) {
            const TileId tile = equation.tile;
            if (seen[tile])
                report.add("V19", equation, "tile {} has other equations in between", graph.tiles[tile].name);
            seen[tile] = true;
        }
        before = equation.tile;
        if (equation.kernel < 0) continue;
        const KernelId kernel = equation.kernel;
        if (kernel_seen[kernel] && of_kernel[kernel] != equation.tile) {
            report.add("V19", equation, "kernel {} lies on both sides of a tile's border", graph.kernels[kernel].name);
        }
        kernel_seen[kernel] = true;
        of_kernel[kernel] = equation.tile;
    }
    for (const TileId tile : seen.ids()) {
        if (!seen[tile]) report.add("V19", Location{}, "tile {} has no equation", graph.tiles[tile].name);
    }
}

/// Where the batch axis of a value must stand to be `what`.
void check_batch_axis(Report& report, const Equation& equation, ValueId id, Crossing what) {
    const Value& value = report.graph().value(id);
    if (!value.type.is_open()) return;
    const bool local = what == Crossing::local;
    if (value.type.axes.front().extent == kOpen || (local && value.type.axes.back().extent == kOpen)) return;
    const Axis& axis = local ? value.type.axes.back() : value.type.axes.front();
    report.add("V22", equation, "{} {}, but its {} axis is {}{}", value.name,
               local ? "lives inside the tile" : "is shared with what lies outside of the tile",
               local ? "innermost" : "outermost", to_string(axis),
               local ? "" : "; a copy into the tile is written `by copy enter`, and one out of it `by copy leave`");
}

}  // namespace

void check_tiles(Report& report) {
    const Graph& graph = report.graph();
    if (graph.tiles.empty()) return;
    check_blocks(report);
    const IdVector<ValueId, Crossing> crosses = crossings(graph);
    const Uses uses(graph);
    for (const Equation& equation : graph.equations) {
        if (equation.tile < 0) continue;
        const std::string& tile = graph.tiles[equation.tile].name;
        std::string why = why_not_by_samples(graph, equation);
        if (!why.empty()) {
            report.add("V20", equation, "it is in tile {}, but {}", tile, why);
            continue;
        }
        const Crossing result = crosses[equation.result];
        if (result == Crossing::global && !graph.value(equation.result).type.is_open()) {
            report.add("V21", equation, "tile {} sums it over the samples, but it is an output or an update", tile);
        }
        check_batch_axis(report, equation, equation.result, result);
        for (const Access* access : accesses(equation.body)) {
            const EquationId producer = uses.writer(access->tensor);
            const bool own = producer >= 0 && graph.equations[producer].tile == equation.tile;
            const Crossing read = own ? crosses[access->tensor] : Crossing::global;
            if (read == Crossing::partial) {
                report.add("V21", equation, "it reads {}, which tile {} is still summing over the samples",
                           graph.value(access->tensor).name, tile);
            }
            check_batch_axis(report, equation, access->tensor, read);
        }
    }
}

}  // namespace ricci::ir
