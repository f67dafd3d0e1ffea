/// \file ir/elaborate/infer_kinds.h
/// Kinds of the indices of an equation, from the axes they stand on. Internal to ir/.
#pragma once

#include "ir/elaborate/draft.h"

namespace ricci::ir {

/// Finds kinds where it can; says nothing.
void infer_kinds(Draft& draft);
/// Reports mix-ups and missing kinds, with the extents found by then.
void check_kinds(const Draft& draft);
/// The kinds of the axes of a result without a declared type; their extents stay 0.
void complete_left_kinds(Draft& draft);

}  // namespace ricci::ir
