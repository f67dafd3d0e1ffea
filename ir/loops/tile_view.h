/// \file ir/loops/tile_view.h
/// A planned graph as the kernels of its batch tiles see it.
#pragma once

#include "ir/core/graph.h"

namespace ricci::ir {

/// The same graph with the local values of every tile as they lie in memory, T samples wide. T is the extent of the
/// sample index wherever all T may be computed, samples or not. That is in equations between local values that sum over
/// something else. An index that stays open runs over the samples of the call. The graph is for emission only: its
/// meaning is that of one call of a tile's kernels, which hand `batch` samples on.
Graph tile_view(const Graph& planned);

}  // namespace ricci::ir
