/// \file ir/loops/contraction.h
/// Register tiles: how a sum of products runs with several results in registers at once, so that what it loads serves
/// more than one multiply-add. Any equation of that form is one: a convolution straight from its equation, both of its
/// gradients, a matrix product, an average.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ir/core/loops.h"
#include "ir/loops/nest.h"

namespace ricci::ir {

/// Multiply-adds that a register tile may spell out at the most: more take minutes to compile.
inline constexpr double kMostSpelledOut = 16384;

struct Contraction {
    /// A side of the register tile: how many points of a left level it has. On the vector level it counts vectors.
    struct Block {
        LevelId level = -1;
        std::int64_t count = 1;
        friend bool operator==(const Block&, const Block&) = default;
    };

    Nest nest;                         // with the vector
    std::vector<LevelId> loops;        // left levels, outermost first; those in `tile` step by their count
    std::vector<Block> tile;           // in the order of the levels
    std::vector<LevelId> reduced;      // reduced levels that are loops inside the tile, outermost first
    std::vector<LevelId> written_out;  // reduced levels whose points stand one after the other inside those
    IdVector<LevelId, bool> constant;  // whether its tiles stand one after the other, so that numbers are known
    double cycles = 0;                 // predicted for all points, an open batch counted as Nest::typical_samples

    std::int64_t count(LevelId level) const;
    /// Points of a level, with the samples of a batch tile as they are in memory; an open batch counts as
    /// Nest::typical_samples.
    std::int64_t extent(LevelId level) const;
    /// Vectors along the vector level, points of another.
    std::int64_t units(LevelId level) const;
    /// Results in registers: the product of the counts.
    std::int64_t results() const;
};

/// What may be chosen of a register tile; all else follows.
struct TileChoice {
    LevelId vector = -1;
    std::vector<Contraction::Block> tile;
    friend bool operator==(const TileChoice&, const TileChoice&) = default;
};

/// Why the equation of a nest is no contraction; "" when it is: a sum of products of floats, each stored at one place.
std::string_view why_no_contraction(const Nest& nest);

/// Why the vector of a register tile cannot lie along a level; "" when it can. `split`: the level that a call does a
/// part of, which stays a loop; -1 for none.
std::string_view why_no_vector(const Nest& nest, LevelId level, LevelId split);

/// The register tile that the text says, over a nest whose levels and vector are the text's. \throws UserError with the
/// reason when it is none, or code generation cannot write it.
Contraction contraction_of(Nest nest, const LoopNest& text, LevelId split);

/// The level that a loop of a text runs over. \pre the nest was made of the text's runs.
LevelId level_of(const Nest& nest, const Loop& loop);

/// How a register tile meets a guard of what it reads.
enum class GuardForm : std::uint8_t {
    known,   // all its numbers are known when the code is written: what breaks it is left out
    bounds,  // it bounds the loop over the innermost reduced index that it asks for
    loads,   // each load asks
};
struct MetGuard {
    GuardForm form = GuardForm::loads;
    LevelId level = -1;  // whose loop it bounds
};
MetGuard met(const Contraction& plan, const Guard& guard);

}  // namespace ricci::ir
