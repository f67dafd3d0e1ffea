/// \file ir/analysis/coverage.h
/// Which elements the points of an equation meet. Whatever believes that an index covers an axis asks here: the answers
/// compare extents, they never go by an index expression alone.
#pragma once

#include <span>
#include <vector>

#include "ir/core/equation.h"
#include "ir/core/type.h"

namespace ricci::ir {

/// True when exactly one point of the left's indices meets each element of the result, and no point is dropped. The
/// reduced indices are held fixed. A loop over the left then stores every element, once.
bool covers_once(const Equation& equation, const TensorType& result);

/// True when no two points of the left's indices meet in one element. Elements may be left out, points may be dropped.
bool meets_at_most_once(const Equation& equation);

/// True when the expression is a position on the axis at every point, for every batch. `extents` are those of the
/// indices. \param samples  what an open index runs over at the most, inside a batch tile; 0 for any batch.
bool stays_inside(const Affine& at, IdSpan<IndexId, const std::int64_t> extents, const Axis& axis,
                  std::int64_t samples = 0);
/// The same of all axes of an access or of a left.
bool stays_inside(std::span<const Affine> at, IdSpan<IndexId, const std::int64_t> extents, const TensorType& type);

}  // namespace ricci::ir
