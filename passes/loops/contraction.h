/// \file passes/loops/contraction.h
/// Register tiles: how a sum of products runs with several results in registers at once, so that what it loads serves
/// more than one multiply-add. Any equation of that form is one: a convolution straight from its equation, both of its
/// gradients, a matrix product, an average. A plan only: no LLVM here.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "passes/loops/nest.h"
#include "passes/machine.h"

namespace ricci::codegen {

struct Contraction {
    /// Points of a left level that are accumulated at once; of the vector level, vectors.
    struct Block {
        int level = -1;
        std::int64_t count = 1;
        friend bool operator==(const Block&, const Block&) = default;
    };

    Nest nest;                     // with the vector chosen
    std::vector<int> loops;        // left levels, outermost first; those in `tile` step by their count
    std::vector<Block> tile;       // at most two, and the levels of which the tile holds whole windows
    std::vector<int> reduced;      // reduced levels that are loops inside the tile, outermost first
    std::vector<int> written_out;  // reduced levels whose points stand one after the other inside those
    std::vector<bool> constant;  // by level: a tiled level whose numbers must be known, to leave out what a guard drops
    double cycles = 0;           // predicted for all points, an open batch as 64

    std::int64_t count(int level) const;
    /// Points of a level, with the samples of a batch tile as they are in memory; an open batch as 64.
    std::int64_t extent(int level) const;
    /// Vectors along the vector level, points of another.
    std::int64_t units(int level) const;
};

/// The plan with the least predicted cycles, or nothing when the nest is no float sum of products over enough points,
/// or no level gives vectors that are contiguous in memory. `split`: a level
/// that a call does a part of, which stays a plain loop; -1 for none.
std::optional<Contraction> plan_contraction(const Nest& nest, const passes::Machine& machine, int split = -1);

/// plan_contraction, or what says something else from measurements (codegen/search/tile_search.h).
using ContractionPlanner =
    std::function<std::optional<Contraction>(const Nest& nest, const passes::Machine& machine, int split)>;

/// What may be chosen of a plan; all else follows.
struct TileChoice {
    int vector = -1;
    std::vector<Contraction::Block> tile;
    friend bool operator==(const TileChoice&, const TileChoice&) = default;
};

/// The choices with the least predicted cycles, best first, `most` at the most; the first is that of plan_contraction.
/// Tiles of other sizes along the same levels are much alike, so only a few of them are among these.
std::vector<TileChoice> promising_tiles(const Nest& nest, const passes::Machine& machine, int split,
                                        std::size_t most);

/// The plan with a certain vector level and tile, or nothing when plan_contraction would not consider it.
std::optional<Contraction> plan_with(const Nest& nest, const passes::Machine& machine, int split,
                                     const TileChoice& choice);

}  // namespace ricci::codegen
