// Collects the register tiles of a program's loops, and times those that the file does not know.
#include "codegen/search/tile_search.h"

#include <algorithm>
#include <map>

#include "codegen/search/tile_file.h"
#include "ir/base/error.h"
#include "ir/base/places.h"
#include "ir/loops/tile_view.h"
#include "ir/print/print_loops.h"

namespace ricci::codegen {
namespace {

/// Seconds that timing may take, of one program and at the least of one contraction.
constexpr double kProgramSeconds = 0.3;
constexpr double kContractionSeconds = 0.01;
/// Turns that each tile gets.
constexpr std::size_t kRounds = 9;
/// What a tile has to win over the cost model's: less may be noise, which should not decide what code is made.
constexpr double kWorthAChange = 0.97;

/// A step of a kernel's loops.
struct KernelNest {
    std::size_t kernel = 0;  // of the program
    std::size_t nest = 0;    // of the kernel
    ir::TileLoops loops;     // as they are
};

/// A contraction of the program with more than one tile to choose from.
struct Found {
    std::string shape;
    ir::LevelId split = -1;
    std::vector<ir::TileChoice> tiles;  // the cost model's first
    std::vector<KernelNest> nests;      // that run it; the first is timed
};

std::vector<Found> contractions_of(const ir::Graph& view, std::span<const ir::KernelSource> kernels,
                                   const TileOffers& offers) {
    std::vector<Found> all;
    std::map<std::string, std::size_t> by_shape;
    const ir::Uses uses(view);
    for (std::size_t kernel = 0; kernel < kernels.size(); ++kernel) {
        const ir::KernelPlan plan = ir::plan_of(view, uses, kernels[kernel]);
        for (std::size_t nest = 0; nest < plan.steps.size(); ++nest) {
            const auto* loops = std::get_if<ir::TileLoops>(&plan.steps[nest].loops);
            if (loops == nullptr) continue;
            const ir::LevelId split = plan.split && plan.shared.empty() ? ir::LevelId(0) : ir::LevelId();
            std::string shape = shape_of(loops->tile.nest, offers.registers, split);
            if (const auto known = by_shape.find(shape); known != by_shape.end()) {
                all[known->second].nests.push_back({kernel, nest, *loops});
                continue;
            }
            std::vector<ir::TileChoice> tiles = offers.promising(loops->tile.nest, split);
            if (tiles.size() < 2) continue;
            by_shape[shape] = all.size();
            all.push_back({std::move(shape), split, std::move(tiles), {{kernel, nest, *loops}}});
        }
    }
    return all;
}

TileEntry measure(const ir::Graph& view, const Found& found, std::span<const ir::KernelSource> kernels,
                  const Target& target, const TileOffers& offers, double seconds) {
    const KernelNest& at = found.nests[0];
    const ir::KernelSource& kernel = kernels[at.kernel];
    std::vector<ir::KernelGroup> variants;
    std::vector<ir::TileChoice> tiles;
    variants.reserve(found.tiles.size());  // what is timed refers to them
    std::vector<TimedKernel> timed;
    for (const ir::TileChoice& tile : found.tiles) {
        std::optional<ir::LoopNest> loops = offers.with(at.loops, found.split, tile);
        if (!loops) continue;
        variants.push_back(*kernel.group);
        variants.back().nests[at.nest] = std::move(*loops);
        tiles.push_back(tile);
        timed.push_back({&view, kernel});
        timed.back().kernel.group = &variants.back();
    }
    std::vector<double> times;
    for (std::vector<double>& of : offers.time(timed, target, seconds, kRounds)) times.push_back(median(std::move(of)));
    std::size_t best = place_at(times, std::ranges::min_element(times));
    if (times[best] > kWorthAChange * times[0]) best = 0;
    return {target.cpu,  target.vector_bytes, found.shape, tiles[best],
            times[best], times[0], ir::print(view, variants[best].nests[at.nest])};
}

}  // namespace

ir::Graph search_tiles(const ir::Graph& graph, const Target& target, const TileOffers& offers,
                       const std::filesystem::path& file, TileUse& use) {
    TileFile known = read_tiles(file);
    use.remarks = std::move(known.remarks);
    ir::Graph result = graph;
    const ir::Graph view = ir::tile_view(graph);
    const std::vector<ir::KernelSource> kernels = ir::kernels_of(view);
    const auto choose = [&](const Found& found, const ir::TileChoice& choice) {
        for (const KernelNest& at : found.nests) {
            std::optional<ir::LoopNest> loops = offers.with(at.loops, found.split, choice);
            if (!loops) return false;
            const ir::KernelId group = kernels[at.kernel].equations[0]->kernel;
            result.kernels[group].nests[at.nest] = std::move(*loops);
        }
        return true;
    };
    const std::vector<Found> all = contractions_of(view, kernels, offers);
    std::vector<const Found*> unknown;
    for (const Found& found : all) {
        const TileEntry wanted{
            .cpu = target.cpu, .vector_bytes = target.vector_bytes, .nest = found.shape, .choice = {}};
        auto entry = std::ranges::find_if(known.entries, [&](const TileEntry& e) { return e.is_about_same(wanted); });
        if (entry == known.entries.end()) {
            unknown.push_back(&found);
        } else if (choose(found, entry->choice)) {
            ++use.known;
        } else {
            unknown.push_back(&found);
            use.remarks.push_back(
                fmt::format("{}: the tile for {} does not fit it, ignored", file.string(), found.shape));
        }
    }
    if (unknown.empty()) return result;
    if (!target.missing_on_host().empty()) {
        use.remarks.push_back(fmt::format("{} register tiles are predicted: this machine cannot run code for {}",
                                          unknown.size(), target.cpu));
        return result;
    }
    const double share = std::max(kProgramSeconds / static_cast<double>(unknown.size()), kContractionSeconds);
    std::vector<TileEntry> entries;
    for (const Found* found : unknown) {
        entries.push_back(measure(view, *found, kernels, target, offers, share));
        choose(*found, entries.back().choice);
    }
    use.measured = entries.size();
    try {
        add_tiles(file, entries);
    } catch (const UserError& error) {
        use.unsaved =
            fmt::format("{}; {} measured register tiles are used now but not kept", error.what(), use.measured);
        use.remarks.push_back(use.unsaved);
    }
    return result;
}

}  // namespace ricci::codegen
