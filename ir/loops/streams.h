/// \file ir/loops/streams.h
/// The accesses of an equation as its levels walk over them.
#pragma once

#include <vector>

#include "ir/analysis/address.h"
#include "ir/core/graph.h"

namespace ricci::ir {

/// Places in Nest::levels.
using LevelId = Id<struct LevelTag>;

/// One loop: one index, or several adjacent ones whose addresses run on, as one.
struct Level {
    std::vector<IndexId> indices;  // outermost first
    Size extent;
    bool reduced = false;  // none of its indices is on the left
};

/// `0 <= offset + sum(coefficients * level) < extent`, or the element is outside the tensor.
struct Guard {
    std::int64_t offset = 0;
    IdVector<LevelId, std::int64_t> coefficients;
    Size extent;
};

/// A tensor as the loops walk over it.
struct Stream {
    ValueId value = -1;
    Size offset;
    IdVector<LevelId, Size> strides;  // in elements
    std::vector<Guard> guards;  // of the axes that may be left
};

/// Those that must stay loops of their own: their number is looked at, not just an address.
IdVector<IndexId, bool> watched_indices(const Graph& graph, const Equation& equation);

/// The accesses of the body that differ, in order of appearance.
std::vector<const Access*> different_reads(const Equation& equation);

/// An access as the levels walk over it; with guards where `guarded`. A level without indices stays at one element.
Stream stream_of(ValueId value, const std::vector<Affine>& at, bool guarded, const Graph& graph,
                 const Equation& equation, const IdVector<LevelId, Level>& levels);

/// True when the stream stays at one element along a level.
bool is_uniform(const Stream& stream, LevelId level);
/// True when it goes from each element to the next.
bool is_contiguous(const Stream& stream, LevelId level);

}  // namespace ricci::ir
