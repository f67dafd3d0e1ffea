// The most promising tiles of the cost model, as loops.
#include "frontend/program/loop_search.h"

#include "codegen/search/tile_timing.h"
#include "passes/loops/choose_tile.h"
#include "passes/loops/describe_loops.h"

namespace ricci::detail {
namespace {

/// Tiles of one contraction that are measured.
constexpr std::size_t kCandidates = 8;

}  // namespace

ir::Graph search_loops(ir::Graph graph, const codegen::Target& target, const passes::Machine& machine,
                       const std::string& file, codegen::TileUse& use) {
    if (file.empty()) return graph;
    codegen::TileOffers offers;
    offers.time = [](std::span<const codegen::TimedKernel> kernels, const codegen::Target& of, double seconds,
                     std::size_t rounds) { return codegen::time_kernels(kernels, of, seconds, rounds); };
    offers.registers = machine.vector_registers;
    offers.promising = [&](const ir::Nest& nest, ir::LevelId split) {
        return passes::promising_tiles(nest, machine, split, kCandidates);
    };
    offers.with = [&](const ir::TileLoops& loops, ir::LevelId split,
                      const ir::TileChoice& choice) -> std::optional<ir::LoopNest> {
        const std::optional<ir::Contraction> tile = passes::plan_with(loops.tile.nest, machine, split, choice);
        if (!tile) return std::nullopt;
        return passes::describe(*tile, loops.epilogue);
    };
    return codegen::search_tiles(graph, target, offers, file, use);
}

}  // namespace ricci::detail
