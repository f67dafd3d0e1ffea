/// \file ir/loops/pieces.h
/// Plain loops cut where their body changes. A concatenation reads one tensor up to some channel and another one behind
/// it. Its loop over channels is cut there, so each piece is a copy that asks nothing.
///
/// Nothing is chosen here: the cuts follow from the equation.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "ir/loops/nest.h"

namespace ricci::ir {

/// Pieces of one nest at the most: each is code of its own.
inline constexpr std::size_t kMostPieces = 128;
/// Of one that reduces: the inside of an image, its sides and its corners.
inline constexpr std::size_t kMostReducedPieces = 9;

/// By level, the numbers where what the body reads changes, ascending: the first of each piece but the first. Levels
/// that the result's left has, of one index and a fixed extent. Empty for all when a cut would make too many pieces, or
/// the nest adds to what shared loops have begun.
IdVector<LevelId, std::vector<std::int64_t>> cuts_of(const Graph& graph, const Nest& nest);

/// A part of a nest's points.
struct Piece {
    std::shared_ptr<const Equation> equation;  // with the body of these points
    Nest nest;                                 // of that equation
    IdVector<LevelId, std::pair<std::int64_t, std::int64_t>> numbers;  // by level, {first, behind the last}
};

/// The pieces in the order of their numbers; none where nothing is cut. `numbers` of an open level is {0, kOpen}.
std::vector<Piece> pieces_of(const Graph& graph, const Nest& nest);

}  // namespace ricci::ir
