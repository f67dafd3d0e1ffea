/// \file passes/fold.h
/// Rules on scalar expressions that make them smaller and keep their value.
///
/// The rules hold for every element, also inf and nan, with three stated exceptions: the sign of a zero may change
/// (x + 0), constants of a product come first (x * (2 * y) is 2 * (x * y)), and `pow` by a small integer is a product.
/// `0 * x` of floats folds only where x is finite by construction (an index, an extent, a cast of an integer, a select
/// of such): elsewhere x may be inf or nan, and hiding that is not ours to do.
#pragma once

#include "ir/expr.h"

namespace ricci::passes {

/// The expression with all rules applied, bottom-up.
ir::ExprRef fold(const ir::ExprRef& expr);

}  // namespace ricci::passes
