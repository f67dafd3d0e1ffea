/// \file ir/loops/nest.h
/// The levels of an equation inside its kernel: which indices run as one, how addresses step along each, and along
/// which one the vectors lie.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ir/analysis/look_ups.h"
#include "ir/loops/streams.h"

namespace ricci::ir {

/// How the addresses of the lanes of one vector lie to each other.
struct LanePattern {
    enum class Form : std::uint8_t {
        uniform,     // all the same element
        contiguous,  // one after the other
        strided,     // every `step`-th element, 2 to 4
        repeated,    // each element `step` times (the outer part of a pair)
        periodic,    // the same `step` elements over and over (the inner part of a pair)
        gather,      // anything else
    } form = Form::uniform;
    int step = 1;
};

struct Prologue;

/// A level of one index that takes the number that an id says, in place of a loop.
struct LookedUp {
    LevelId level = -1;
    LookUp look_up;
    std::vector<LevelId> by;  // levels that the id depends on
};

struct Nest {
    const Equation* equation = nullptr;
    IdVector<LevelId, Level>
        levels;  // the kernel's shared loops, then the left's own (outermost first), then the reduced ones
    int shared = 0;
    int left_levels = 0;  // own levels that the left uses: levels [shared, shared + left_levels)
    Stream left;
    std::vector<Stream> reads;  // the different accesses of the body, in order of appearance
    /// The result starts at the identity in memory: the loops do not store every element, or they combine there.
    bool fills = false;
    /// Elements of the result are met more than once (a scatter, or a shared loop that is reduced): they are combined
    /// in memory. What accumulates fills, too.
    bool accumulates = false;
    /// Points of the left's own levels may meet in one element, or leave the result, or not reach all of it: a scatter.
    bool scatters = false;
    /// Inside a batch tile: the samples that the tile has room for; 0 outside. An open level has that many points in
    /// memory, of which the batch of the call are samples.
    std::int64_t samples = 0;
    /// Samples that an open batch counts as outside of tiles: Graph::typical_samples.
    std::int64_t typical_samples = kTypicalBatchSamples;
    /// In a batch tile: a sum over the samples, which goes on from tile to tile. Accumulates, too.
    bool partial = false;
    /// The level that the vector lies along, -1 for scalar code. With `pair` >= 0, two levels make one vector: lane l
    /// is vector-level base + l / extent(pair) and pair-level l % extent(pair).
    LevelId vector = -1;
    LevelId pair = -1;
    int lanes = 1;  // elements of one vector
    /// By level, points that a register tile holds a multiple of. Those are windows of a pool, or all results that an
    /// element of a prologue goes into. Empty: any.
    IdVector<LevelId, std::int64_t> whole;
    /// Levels without a loop, none of which is the vector's.
    std::vector<LookedUp> looked_up;
    /// What the equation was made of where it is none of the graph's: ir/loops/prologue.h. It keeps the equation.
    std::shared_ptr<const Prologue> prologue = nullptr;

    /// Where the equation's own levels begin, after the kernel's shared loops.
    LevelId first_own() const { return LevelId(shared); }
    /// Behind the last level of the left.
    LevelId left_end() const { return LevelId(shared + left_levels); }
    /// Samples that an open level counts as in predictions.
    std::int64_t counted_samples() const { return samples > 0 ? samples : typical_samples; }
    /// Null where the level is a loop.
    const LookedUp* look_up(LevelId level) const;
    /// Ids say where points of the result go. They are added up in memory, in the order of the reduced loops. Those stand
    /// outside of the levels that are looked up.
    bool scatters_by_ids() const;
    bool reduces_along_vector() const { return vector >= 0 && levels[vector].reduced; }
    /// Extent of the pair level, 1 without one.
    std::int64_t pair_extent() const;
    LanePattern pattern(const Stream& stream) const;
    /// What an index is: the only level it makes up. \pre the index is not merged with another.
    LevelId level_of(IndexId index) const;
    /// "y", or "(y, x)" for a run.
    std::string name_of(LevelId level) const;
};

/// Indices that run as one level each, in any order; those of a run outermost first.
using Runs = std::vector<std::vector<IndexId>>;

/// What surrounds the own loops of an equation.
struct Surroundings {
    std::vector<IndexId> shared;  // the kernel's loops as indices of the equation, outermost first; -1: it has it not
    std::int64_t samples = 0;     // that the batch tile has room for; 0 outside of tiles
};

/// The longest runs of an equation's own indices of more than one point: those whose addresses run on, in every access.
/// `apart`: indices that stay levels of their own.
Runs longest_runs(const Graph& graph, const Equation& equation, const Surroundings& around,
                  const std::vector<IndexId>& apart = {});

/// The nest with these runs as levels, without a vector. Levels stand in the order of their strides in the result,
/// whatever order the loops have.
/// \throws UserError with the reason, where
/// - the runs leave out an index of several points, or have one twice;
/// - the addresses of a run do not run on.
Nest nest_of(const Graph& graph, const Equation& equation, const Surroundings& around, const Runs& runs);

/// Every level of a nest that its equation looks up, with the id.
std::vector<LookedUp> levels_looked_up(const Graph& graph, const Nest& nest);
/// Has the nest look these levels up.
void look_up(Nest& nest, std::vector<LookedUp> levels);

/// True when no two points of the levels meet in one element of the result. Only then may they be lanes of one vector
/// that adds to what is there.
bool lanes_differ(const Nest& nest, LevelId vector, LevelId pair);

/// Estimated machine operations a point of the body, one vector counted as one.
double operations(const ExprRef& body);

/// Operations at all points of the equation that one unit of its `row` index covers (-1: all). `samples`: what an open
/// batch counts as.
double cost_per_row(const Equation& equation, IndexId row, std::int64_t samples);

}  // namespace ricci::ir
