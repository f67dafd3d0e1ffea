/// \file passes/cleanup/shift_scatter.h
/// The gradient of a piece of a tensor as a copy: a scatter whose positions move by a constant, or run backwards.
///
///   clip d[b, k - 8] += g[b, k] where k: channel 24      ->  d[b, k] += g[b, k + 8] where k: channel 16
///   clip d[b, k + 1] += g[b, k] where k: channel 24      ->  d[b, k] += select(k - 1 >= 0, pad(g[b, k - 1], 0), 0)
#pragma once

#include <optional>

#include "ir/core/graph.h"

namespace ricci::passes {

/// The same equation with bare indices on such axes of the left. Nothing when it has none, sums over an index that the
/// left lacks, or kinds would mix.
std::optional<ir::Equation> with_shifts_solved(const ir::Graph& graph, const ir::Equation& equation);

}  // namespace ricci::passes
