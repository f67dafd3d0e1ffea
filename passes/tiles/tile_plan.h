/// \file passes/tiles/tile_plan.h
/// Which equations run in batch tiles: the one analysis that tile-batch, and what must know before it, share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "passes/pass.h"

namespace ricci::passes {

/// Places in TilePlan::regions.
using RegionId = ir::Id<struct RegionTag>;

/// A largest set of equations that can run on a few samples at a time, all of them before the next samples come.
struct TileRegion {
    std::vector<ir::EquationId> equations;  // in order
    std::int64_t samples = 0;    // that run at a time
    std::int64_t values = 0;     // bytes of batched values that are live together, at most, for these samples
    std::int64_t shared = 0;     // bytes of what all samples share: parameters that are read, sums that are written
    std::int64_t inside = 0;     // bytes of batched values that live inside it alone, and are not pointwise
    std::int64_t crossing = 0;   // bytes of batched values that enter or leave it
    double flop = 0;             // of its products of matrices, for these samples
    std::string why_not;         // why it is not run in tiles; "" when it is
};

/// Regions run one after another, and equations of no region before, between and behind them.
struct TilePlan {
    ir::IdVector<RegionId, TileRegion> regions;
    ir::IdVector<ir::EquationId, RegionId> region;  // that an equation is in; -1 for none
    std::vector<ir::EquationId> order;              // the order that makes each region consecutive
    std::vector<std::string> notes;                 // what couples samples or begins a new region

    /// True when the equation will run in a tile.
    bool is_tiled(ir::EquationId id) const;
};

/// The samples that Options::tile forces; nothing for "auto" and "off".
/// \throws UserError for anything but auto, off and a number from 1 to kMostSamples.
std::optional<std::int64_t> forced_samples(const Options& options);
inline constexpr std::int64_t kMostSamples = 4096;

/// With tile = "auto", samples fill one vector register of the machine. A region then runs in tiles when all of this
/// holds:
///
///  - It multiplies matrices.
///  - More bytes live inside than are copied in and out. A convolution whose values fit the cache needs no more:
///    it reads its copy again and again.
///  - Its values fill at most Machine::most_tile_l2_ratio second-level caches. A part of them is read again soon;
///    the rest streams.
///  - What its samples share fills at most Machine::most_shared_l2_ratio of it, for each tile reads it anew. More is
///    allowed at Machine::least_shared_flop_per_byte: a few gigabytes a second feed a core then. A dense layer makes 12 FLOP
///    a byte with its gradients, a convolution some hundred.
///
/// An equation joins a region when ir::why_not_by_samples finds nothing. It goes to the next region when it reads what
/// a region sums over the samples, or what comes between regions. All others run as late as their readers allow.
TilePlan plan_tiles(const ir::Graph& graph, const Options& options);

}  // namespace ricci::passes
