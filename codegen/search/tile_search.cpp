// Collects the contractions of a program by emitting it once, and times those that the file does not know.
#include "codegen/search/tile_search.h"

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <algorithm>

#include "codegen/jit/module_compiler.h"
#include "codegen/search/tile_file.h"
#include "codegen/search/tile_timing.h"
#include "ir/base/error.h"

namespace ricci::codegen {
namespace {

constexpr std::size_t kCandidates = 8;
/// Seconds that timing may take, of one program and at the least of one contraction.
constexpr double kProgramSeconds = 0.3;
constexpr double kContractionSeconds = 0.01;
/// What a tile has to win over the cost model's: less may be noise, which should not decide what code is made.
constexpr double kWorthAChange = 0.97;

/// A contraction of the program with more than one tile to choose from.
struct Found {
    std::string shape;
    Nest nest;
    int split = -1;
    std::vector<TileChoice> tiles;         // the cost model's first
    const KernelSource* kernel = nullptr;  // the first that runs it
};

std::vector<Found> contractions_of(const ir::Graph& graph, std::span<const KernelSource> kernels,
                                   const Target& target, const passes::Machine& machine) {
    std::vector<Found> all;
    ModuleCompiler compiler(target);
    llvm::LLVMContext context;
    const std::unique_ptr<llvm::Module> module = compiler.new_module(graph.name, context);
    for (const KernelSource& kernel : kernels) {
        const auto collect = [&](const Nest& nest, const passes::Machine& of, int split) {
            std::optional<Contraction> plan = plan_contraction(nest, of, split);
            if (!plan) return plan;
            std::string shape = shape_of(nest, of, split);
            if (std::ranges::find(all, shape, &Found::shape) != all.end()) return plan;
            std::vector<TileChoice> tiles = promising_tiles(nest, of, split, kCandidates);
            if (tiles.size() > 1) all.push_back({std::move(shape), nest, split, std::move(tiles), &kernel});
            return plan;
        };
        emit_kernel(graph, kernel, target, machine, *module, collect);
    }
    return all;
}

TileEntry measure(const ir::Graph& graph, const Found& found, const Target& target, const passes::Machine& machine,
                  double seconds) {
    const std::vector<TileChoice>& tiles = found.tiles;
    std::vector<ChosenTiles> chosen(tiles.size());
    std::vector<ContractionPlanner> planners;
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        chosen[i].add(found.shape, tiles[i]);
        planners.push_back(chosen[i].planner());
    }
    const std::vector<double> times = time_kernel(graph, *found.kernel, target, machine, planners, seconds);
    auto best = static_cast<std::size_t>(std::ranges::min_element(times) - times.begin());
    if (times[best] > kWorthAChange * times[0]) best = 0;
    return {target.cpu, target.vector_bytes, found.shape, tiles[best], times[best], times[0]};
}

}  // namespace

ContractionPlanner ChosenTiles::planner() const {
    return [this](const Nest& nest, const passes::Machine& machine, int split) {
        const auto choice = choices_.empty() ? choices_.end() : choices_.find(shape_of(nest, machine, split));
        std::optional<Contraction> plan;
        if (choice != choices_.end()) plan = plan_with(nest, machine, split, choice->second);
        return plan ? plan : plan_contraction(nest, machine, split);
    };
}

std::string ChosenTiles::text() const {
    std::string text;
    for (const auto& [shape, choice] : choices_) {
        text += fmt::format("{}: vector {} tile", shape, choice.vector);
        for (const Contraction::Block& block : choice.tile) text += fmt::format(" {}x{}", block.level, block.count);
        text += "\n";
    }
    return text;
}

ChosenTiles search_tiles(const ir::Graph& graph, std::span<const KernelSource> kernels, const Target& target,
                         const passes::Machine& machine, const std::filesystem::path& file, TileUse& use) {
    TileFile known = read_tiles(file);
    use.remarks = std::move(known.remarks);
    ChosenTiles tiles;
    const std::vector<Found> all = contractions_of(graph, kernels, target, machine);
    std::vector<const Found*> unknown;
    for (const Found& found : all) {
        const TileEntry wanted{
            .cpu = target.cpu, .vector_bytes = target.vector_bytes, .nest = found.shape, .choice = {}};
        auto entry = std::ranges::find_if(known.entries, [&](const TileEntry& e) { return e.is_about_same(wanted); });
        if (entry == known.entries.end()) {
            unknown.push_back(&found);
        } else if (plan_with(found.nest, machine, found.split, entry->choice)) {
            tiles.add(found.shape, entry->choice);
            ++use.known;
        } else {
            unknown.push_back(&found);
            use.remarks.push_back(
                fmt::format("{}: the tile for {} does not fit it, ignored", file.string(), found.shape));
        }
    }
    if (unknown.empty()) return tiles;
    if (!target.missing_on_host().empty()) {
        use.remarks.push_back(fmt::format("{} register tiles are predicted: this machine cannot run code for {}",
                                          unknown.size(), target.cpu));
        return tiles;
    }
    const double share = std::max(kProgramSeconds / static_cast<double>(unknown.size()), kContractionSeconds);
    std::vector<TileEntry> entries;
    for (const Found* found : unknown) {
        entries.push_back(measure(graph, *found, target, machine, share));
        tiles.add(found->shape, entries.back().choice);
    }
    use.measured = entries.size();
    try {
        add_tiles(file, entries);
    } catch (const UserError& error) {
        use.unsaved =
            fmt::format("{}; {} measured register tiles are used now but not kept", error.what(), use.measured);
        use.remarks.push_back(use.unsaved);
    }
    return tiles;
}

}  // namespace ricci::codegen
