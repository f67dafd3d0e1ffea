/// \file ir/analysis/decided.h
/// What a body is where its indices stay in given ranges: comparisons of index numbers and the ends of tensors are known
/// there. `select(k < 8, pad(a[k], 0), pad(b[k - 8], 0))` is `a[k]` for k below 8.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "ir/core/graph.h"

namespace ricci::ir {

/// The numbers first .. last of an index.
struct IndexRange {
    std::int64_t first = 0;
    std::int64_t last = 0;
    bool open = false;  // it ends with the batch of the call
};

/// The ranges that the indices run over.
IdVector<IndexId, IndexRange> ranges_of(const Equation& equation);

/// The difference of two index numbers that a comparison compares; nothing when it compares something else.
std::optional<Affine> compared(const Expr& comparison);

/// The body with numbers for what the ranges decide:
/// - comparisons of index numbers, the logic of those and the selects by them;
/// - padded reads that leave their tensor at every point; those that never leave it read plainly.
/// The same node where nothing is decided.
ExprRef decided(const Graph& graph, const Equation& equation, const IdVector<IndexId, IndexRange>& ranges);

}  // namespace ricci::ir
