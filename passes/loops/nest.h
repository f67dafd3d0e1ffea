/// \file passes/loops/nest.h
/// The loops of one equation inside its kernel: which indices run as one loop, in which order, and along which one the
/// vectors lie. A plan only: no LLVM here.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ir/analysis/address.h"
#include "ir/core/graph.h"

namespace ricci::codegen {

/// One loop: one index, or several adjacent ones whose addresses run on, as one.
struct Level {
    std::vector<ir::IndexId> indices;  // outermost first
    ir::Size extent;
    bool reduced = false;  // none of its indices is on the left
};

/// `0 <= offset + sum(coefficients * level) < extent`, or the element is outside the tensor.
struct Guard {
    std::int64_t offset = 0;
    std::vector<std::int64_t> coefficients;  // by level
    ir::Size extent;
};

/// A tensor as the loops walk over it.
struct Stream {
    ir::ValueId value = -1;
    ir::Size offset;
    std::vector<ir::Size> strides;  // by level, in elements
    std::vector<Guard> guards;      // of the axes that may be left
};

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

struct Nest {
    const ir::Equation* equation = nullptr;
    std::vector<Level>
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
    /// In a batch tile: a sum over the samples, which goes on from tile to tile. Accumulates, too.
    bool partial = false;
    /// The level that the vector lies along, -1 for scalar code. With `pair` >= 0, two levels make one vector: lane l
    /// is vector-level base + l / extent(pair) and pair-level l % extent(pair).
    int vector = -1;
    int pair = -1;
    int lanes = 1;  // of one vector
    /// By level, a number of points that a register tile holds a multiple of: windows of a pool, or all results that an
    /// element of a prologue goes into. Empty: any.
    std::vector<std::int64_t> whole;
    /// What the equation was made of where it is none of the graph's: passes/loops/prologue.h. It keeps the equation.
    std::shared_ptr<const Prologue> prologue = nullptr;

    bool reduces_along_vector() const { return vector >= 0 && levels[static_cast<std::size_t>(vector)].reduced; }
    /// Extent of the pair level, 1 without one.
    std::int64_t pair_extent() const;
    LanePattern pattern(const Stream& stream) const;
    /// What an index is: the only level it makes up. \pre the index is not merged with another.
    int level_of(ir::IndexId index) const;
};

/// Plans the nest. `shared` are the kernel's common loops, as indices of this equation (-1 where it has none),
/// outermost first. `lanes`: elements of the body's type in a vector register.
/// `samples`: what a batch tile has room for, 0 outside of tiles. `apart`: indices that stay levels of their own.
Nest plan_nest(const ir::Graph& graph, const ir::Equation& equation, const std::vector<ir::IndexId>& shared, int lanes,
               std::int64_t samples = 0, const std::vector<ir::IndexId>& apart = {});

/// Estimated machine operations a point of the body, one vector counted as one.
double operations(const ir::ExprRef& body);

/// Operations at all points of the equation that one unit of its `row` index covers (-1: all), an open batch as 64.
double cost_per_row(const ir::Equation& equation, ir::IndexId row);

}  // namespace ricci::codegen
