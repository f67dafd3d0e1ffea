/// \file passes/loops/nest_parts.h
/// What the planning of a nest shares with that of register tiles and of what follows one.
/// Internal to codegen.
#pragma once

#include "passes/loops/nest.h"

namespace ricci::codegen {

/// By index, those that must stay loops of their own: their number is looked at, not just an address.
std::vector<bool> watched_indices(const ir::Graph& graph, const ir::Equation& equation);

/// The accesses of the body that differ, in order of appearance.
std::vector<const ir::Access*> different_reads(const ir::Equation& equation);

/// An access as the levels walk over it; with guards where `guarded`. A level without indices stays at one element.
Stream stream_of(ir::ValueId value, const std::vector<ir::Affine>& at, bool guarded, const ir::Graph& graph,
                 const ir::Equation& equation, const std::vector<Level>& levels);

/// True when the stream stays at one element along a level.
bool is_uniform(const Stream& stream, int level);
/// True when it goes from each element to the next.
bool is_contiguous(const Stream& stream, int level);

}  // namespace ricci::codegen
