/// \file passes/tile_plan.h
/// Which equations run in batch tiles: the one analysis that tile-batch, and what must know before it, share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "passes/pass.h"

namespace ricci::passes {

/// A largest set of equations that can run on a few samples at a time, all of them before the next samples come.
struct TileRegion {
    std::vector<int> equations;    // places in Graph::equations, in order
    std::int64_t samples = 0;      // that run at a time
    std::int64_t values = 0;       // bytes of batched values that are live together, at most, for these samples
    std::int64_t shared = 0;       // bytes of what all samples share: parameters that are read, sums that are written
    std::int64_t inside = 0;       // bytes of batched values that it both writes and reads
    std::int64_t crossing = 0;     // bytes of batched values that enter or leave it
    std::string why_not;           // why it is not run in tiles; "" when it is

    std::int64_t working_set() const { return values + shared; }
};

/// Regions run one after another, and equations of no region before, between and behind them.
struct TilePlan {
    std::vector<TileRegion> regions;
    std::vector<int> region;         // by place in Graph::equations; -1 for none
    std::vector<int> order;          // places in Graph::equations, in the order that makes each region consecutive
    std::vector<std::string> notes;  // what couples samples or begins a new region

    /// True when the equation at that place will run in a tile.
    bool is_tiled(int place) const;
};

/// The samples that Options::tile forces; nothing for "auto" and "off".
/// \throws UserError for anything but auto, off and a number from 1 to kMostSamples.
std::optional<std::int64_t> forced_samples(const Options& options);
inline constexpr std::int64_t kMostSamples = 4096;

/// With tile = "auto", samples fill one vector register of the machine, and a region runs in tiles when it multiplies
/// matrices, passes on more than it copies in and out (or convolves, which reads a copy again and again), shares no more
/// between samples than the second-level cache holds, for each tile reads that anew, and has a working set of at most
/// this many times that cache: what is read again soon is a part of it, and the rest streams.
inline constexpr std::int64_t kMostCaches = 4;

/// An equation joins a region when ir::why_not_by_samples finds nothing; one that reads what a region sums over the
/// samples, or what comes between regions, goes to the next region. All others run as late as their readers allow.
TilePlan plan_tiles(const ir::Graph& graph, const Options& options);

}  // namespace ricci::passes
