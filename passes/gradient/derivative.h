/// \file passes/gradient/derivative.h
/// The derivative of one scalar body by the tensor elements it reads: the chain rule over ir/core/scalar.h, nothing else.
#pragma once

#include <functional>
#include <vector>

#include "ir/core/expr.h"

namespace ricci::passes {

/// What flows back into one element that a body reads.
struct Partial {
    ir::Access access;
    ir::ExprRef value;  // seed * d body / d access, of the element's type
};

/// The partials of `body` times `seed`, one for each distinct access of a float tensor that `wanted` names, in order of
/// appearance. Accesses that have no influence (conditions, stop_gradient, casts to integers) have none.
/// A derivative that is 0 for some points is a select, not a product, so that inf and nan stay where they are.
std::vector<Partial> partials(const ir::ExprRef& body, const ir::ExprRef& seed,
                              const std::function<bool(ir::ValueId)>& wanted);

}  // namespace ricci::passes
