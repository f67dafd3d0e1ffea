/// \file codegen/emit/tile_guards.h
/// How a register tile meets the guards of what it reads. It bounds a loop, leaves out the code that breaks a guard, or
/// asks at every load.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include <vector>

#include "codegen/emit/lanes.h"
#include "ir/loops/contraction.h"

namespace ricci::codegen {

/// Where a result of a tile lies from its first: by dimension of the tile, in points of the level.
using TilePlace = std::vector<std::int64_t>;

class TileGuards {
  public:
    explicit TileGuards(const ir::Contraction& plan);

    /// The plan's nest with those guards only that each load has to ask.
    const ir::Nest& at_loads() const { return at_loads_; }

    /// Narrows [first, last) to the numbers of a reduced level for which the guards hold that bound its loop; false
    /// when there are none. `point` are the numbers of the loops around it.
    bool clip(Emitter& emitter, ir::LevelId level, const Point& point, llvm::Value*& first, llvm::Value*& last) const;

    /// Rounds of a loop, from the first up to but without the last.
    struct Rounds {
        std::int64_t first;
        std::int64_t last;
    };
    /// The rounds of `points` points of a level in which no guard is broken, whatever the numbers of the other levels are.
    /// None where they are fewer than two, or no guard asks for the level. Only guards count whose numbers are known.
    Rounds unbroken(ir::LevelId level, std::int64_t points, std::int64_t rounds) const;
    /// From now on holds() does not ask the guards that this level has a part in.
    void leave_out(ir::LevelId level, bool left_out);

    /// Whether the guards whose numbers are known now let a result have a part of the sum. `point` are the numbers of
    /// the levels for the tile's first result.
    bool holds(const Point& point, const TilePlace& result) const;

  private:
    /// A guard of a stream, and the level whose loop it bounds.
    struct Bound {
        const ir::Guard* guard;
        ir::LevelId level;
    };

    const ir::Contraction& plan_;
    ir::Nest at_loads_;
    std::vector<const ir::Guard*> known_;  // those whose numbers are known when the code is written
    std::vector<Bound> bounds_;            // those that bound a loop
    ir::IdVector<ir::LevelId, bool> left_out_;
};

}  // namespace ricci::codegen
