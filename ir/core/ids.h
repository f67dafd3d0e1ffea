/// \file ir/core/ids.h
/// The ids of a graph: of its values, equations, kernels and tiles, and of an equation's indices.
#pragma once

#include "ir/base/ids.h"

namespace ricci::ir {

using ricci::first_ids;
using ricci::Id;
using ricci::IdSpan;
using ricci::IdVector;

/// Places in Graph::values.
using ValueId = Id<struct ValueTag>;
/// Places in Graph::equations.
using EquationId = Id<struct EquationTag>;
/// Places in Equation::indices.
using IndexId = Id<struct IndexTag>;
/// Places in Graph::kernels.
using KernelId = Id<struct KernelTag>;
/// Places in Graph::tiles.
using TileId = Id<struct TileTag>;

}  // namespace ricci::ir
