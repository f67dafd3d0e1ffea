/// \file ir/loops/plain_loops.h
/// Loops of one equation that is neither a register tile nor a transpose: one vector of points after the other.
#pragma once

#include <vector>

#include "ir/core/loops.h"
#include "ir/loops/nest.h"

namespace ricci::ir {

/// Points that the loops of one equation may spell out at the most: more take minutes to compile.
inline constexpr double kMostPointsSpelledOut = 16384;

struct PlainLoops {
    Nest nest;                            // with the vector
    std::vector<LevelId> left;            // own levels of the left that are loops of single points, outermost first
    std::vector<LevelId> reduced;         // those that are reduced
    IdVector<LevelId, bool> written_out;  // its points, or vectors, stand one after the other

    /// Points of the vector level in one vector.
    std::int64_t units() const { return nest.lanes / nest.pair_extent(); }
};

/// Why the vector of plain loops cannot lie along a level; "" when it can. With `pair` >= 0, it lies along `vector` and
/// inside each of its points along `pair`.
std::string_view why_no_plain_vector(const Nest& nest, LevelId vector, LevelId pair, int lanes);

/// The loops that the text says, over a nest whose levels and vector are the text's. \throws UserError with the reason
/// when they cannot be.
PlainLoops plain_loops_of(Nest nest, const LoopNest& text, LevelId split);

}  // namespace ricci::ir
