/// \file ir/elaborate/implied_sums.h
/// Makes the sums that a written equation implies explicit. Internal to ir/.
#pragma once

#include "ir/elaborate/draft.h"

namespace ricci::ir {

/// The body with every sum explicit. A compound assignment becomes a reduction at the top. Indices absent from the left
/// are summed around their smallest product. Directly nested reductions of one kind become one.
surface::Expr with_explicit_sums(const Draft& draft);

}  // namespace ricci::ir
