/// \file passes/cleanup/fold.h
/// Rules on scalar expressions that make them smaller and keep their value.
///
/// Each rule holds for every element: for inf and nan, both zeros, subnormal numbers, where something overflows, and
/// where integers wrap. The comment at a rule says why. `pow` by a small integer becomes a product, which is how
/// docs/language.md defines it. Constants of f32 are folded only where machine code would get the same.
#pragma once

#include "ir/core/expr.h"

namespace ricci::passes {

/// The expression with all rules applied, bottom-up.
ir::ExprRef fold(const ir::ExprRef& expr);

}  // namespace ricci::passes
