/// \file passes/fusion/inline_pointwise.h
/// Puts the bodies of pointwise equations into what reads them.
#pragma once

#include <string_view>

#include "passes/pass.h"

namespace ricci::passes {

/// True for equations that codegen calls or emits as a whole, and for copies across the border of a tile. Nothing is
/// put into them and nothing joins them.
bool stands_alone(const ir::Equation& equation);

/// True for contractions of a batch tile. Codegen computes what takes each of their elements from registers, so a
/// pointwise reader may share their kernel.
bool is_tiled_contraction(const ir::Equation& equation);

/// Where z = f(y[...]) and y = g(...) is pointwise, z = f(g(...)), and y is gone. A producer goes into
///   - its only reader, when that reads each element once, or g is cheap;
///   - all its readers, when g is one operation at most (a copy, a cast, a factor) or one number for the whole run.
/// A copy into another order that ids look up more than once an element stays: what an id says then lies side by side.
/// Padded reads, outputs, updates, readers in another batch tile, and extents that have no index in the reader keep a
/// producer as it is.
ir::Graph inline_pointwise(const ir::Graph& graph, Remarks& remarks);

}  // namespace ricci::passes
