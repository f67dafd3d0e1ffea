/// \file passes/loops/tile_cost.h
/// Predicts the cycles that one core takes for a register tile, and for what it competes with: plain loops, and
/// results that go through memory.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/loops/contraction.h"
#include "ir/loops/prologue.h"
#include "passes/machine.h"

namespace ricci::passes {

/// Points of one level beyond which its loop stays one: operands of too many of them would be loaded ahead.
inline constexpr std::int64_t kLongRun = 8;

/// Cycles at all points of a plan whose vector level and tile are chosen. The smaller tiles at the ends of the levels
/// count, and an open batch is the typical one. `factors`: those of its nest.
double contraction_cycles(const ir::Contraction& plan, const std::vector<ir::Factor>& factors, const Machine& machine);

/// Cycles of loading all results of a plan once more, from the second-level cache.
double reload_cycles(const ir::Contraction& plan, const Machine& machine);

/// Cycles of a nest that is no contraction, as what it loads, stores and computes takes them.
double plain_cycles(const ir::Nest& nest, const Machine& machine);

}  // namespace ricci::passes
