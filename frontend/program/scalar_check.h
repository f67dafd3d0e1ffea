/// \file frontend/program/scalar_check.h
/// What has a gradient, and what one may be taken by. Internal.
#pragma once

#include <string_view>

#include "ir/base/error.h"
#include "ricci/tensor.h"

namespace ricci::detail {

/// \throws UserError unless the tensor is one floating-point number; `what` names the function that was called.
void check_scalar(std::string_view what, const Tensor& of, const Location& where);
/// \throws UserError unless the tensor is floating point.
void check_variable(std::string_view what, const Tensor& by, const Location& where);

}  // namespace ricci::detail
