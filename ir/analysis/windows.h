/// \file ir/analysis/windows.h
/// How one equation takes the results of another: each once, one by one as a bias does, or in windows as a pool.
#pragma once

#include <optional>
#include <vector>

#include "ir/core/graph.h"

namespace ricci::ir {

/// What an index of the writer is to the reader: `extent * number + inside`.
struct Window {
    IndexId number = -1;      // which window, on the reader's left; -1 when one takes all
    IndexId inside = -1;      // where in it, reduced by the reader; -1 when each takes one point
    std::int64_t extent = 1;  // points that a window takes
    friend bool operator==(const Window&, const Window&) = default;
};

/// By index of the writer; those that its left lacks, or of one point, take nothing. Nothing when the reader reads them
/// at more than one place. Nothing also when the reader is neither a reduction over such windows nor an equation that
/// takes the results one by one. Such a reduction is a sum, prod, max or min whose windows cut the results without
/// overlap or rest.
std::optional<IdVector<IndexId, Window>> windows_of(const Graph& graph, const Equation& writer, const Equation& reader);

/// Results of the writer that one of the reader takes.
std::int64_t points_of(const IdVector<IndexId, Window>& windows);

}  // namespace ricci::ir
