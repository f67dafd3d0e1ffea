/// \file ir/loops/streams.h
/// The accesses of an equation as its levels walk over them.
#pragma once

#include "ir/loops/nest.h"

namespace ricci::ir {

/// By index, those that must stay loops of their own: their number is looked at, not just an address.
std::vector<bool> watched_indices(const Graph& graph, const Equation& equation);

/// The accesses of the body that differ, in order of appearance.
std::vector<const Access*> different_reads(const Equation& equation);

/// An access as the levels walk over it; with guards where `guarded`. A level without indices stays at one element.
Stream stream_of(ValueId value, const std::vector<Affine>& at, bool guarded, const Graph& graph,
                 const Equation& equation, const std::vector<Level>& levels);

/// True when the stream stays at one element along a level.
bool is_uniform(const Stream& stream, int level);
/// True when it goes from each element to the next.
bool is_contiguous(const Stream& stream, int level);

}  // namespace ricci::ir
