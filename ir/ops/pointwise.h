/// \file ir/ops/pointwise.h
/// Ops that are one function of the elements at one point, so that bodies may call them: relu(x[i] + 1).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/surface/surface.h"

namespace ricci::ir {

/// The body of such an op; its reads `x[...]` stand for the arguments. Attributes have their standard values.
struct InlineOp {
    std::vector<std::string> operands;
    surface::Expr body;
};
/// Nothing when no op of that name is one equation y[...] = f(x[...], ...).
std::optional<InlineOp> pointwise_op(std::string_view name);

}  // namespace ricci::ir
