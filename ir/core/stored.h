/// \file ir/core/stored.h
/// What a tensor of bf16 may be written: numbers that bf16 holds, so that storing one rounds nothing.
#pragma once

#include "ir/core/graph.h"

namespace ricci::ir {

/// True when a tensor of this type holds every value of the expression as it is. An expression of the type that the tensor
/// is computed in always fits, but for bf16. There it is a rounding, an element of bf16, such a number, or a choice of them.
bool fits_stored(const Graph& graph, const ExprRef& expr, DType dtype);

/// The expression, rounded where it has to be.
ExprRef to_stored(const Graph& graph, ExprRef expr, DType dtype);

}  // namespace ricci::ir
