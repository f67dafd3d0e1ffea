/// \file ricci/arithmetic.h
/// Arithmetic and functions of whole tensors, element by element, and the way to any op of the table by its name.
/// Operands are aligned by kind: one without an axis is repeated along it. Errors are those of ricci/layers.h.
#pragma once

#include <map>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "ricci/axes.h"
#include "ricci/composed_functions.h"
#include "ricci/scalar_functions.h"
#include "ricci/tensor.h"

namespace ricci {

Tensor operator+(Operand a, Operand b);
Tensor operator-(Operand a, Operand b);
Tensor operator*(Operand a, Operand b);
Tensor operator/(Operand a, Operand b);
Tensor operator-(TensorAt x);
Tensor pow(Operand a, Operand b);
Tensor mod(Operand a, Operand b);    ///< The rest of a / b toward 0, with the sign of a; as C's fmod and %.
Tensor atan2(Operand y, Operand x);  ///< The angle of the point (x, y), from -pi to pi.
Tensor minimum(Operand a, Operand b);
Tensor maximum(Operand a, Operand b);
/// x between the two bounds: minimum(maximum(x, low), high).
Tensor clip(TensorAt x, Operand low, Operand high);

/// Truth values, element by element. Operands have all axes of the one with most axes, or some of them; integers of two
/// types meet. Beside these operators: equal and not_equal, for == of tensors would be one of handles.
Tensor operator<(Operand a, Operand b);
Tensor operator<=(Operand a, Operand b);
Tensor operator>(Operand a, Operand b);
Tensor operator>=(Operand a, Operand b);
Tensor equal(Operand a, Operand b);
Tensor not_equal(Operand a, Operand b);
/// if_true where the condition holds, else if_false; both of one type.
Tensor select(TensorAt condition, Operand if_true, Operand if_false);

// Tensor exp(TensorAt x), Tensor tanh(TensorAt x), ...: the list says what each is.
#define RICCI_SCALAR_TENSOR(name, meaning) Tensor name(TensorAt x);
RICCI_SCALAR_FUNCTIONS(RICCI_SCALAR_TENSOR)
#undef RICCI_SCALAR_TENSOR
// Tensor asin(TensorAt x), ...: ops of the table.
#define RICCI_SCALAR_COMPOSED_TENSOR(name) Tensor name(TensorAt x);
RICCI_SCALAR_COMPOSITIONS(RICCI_SCALAR_COMPOSED_TENSOR)
#undef RICCI_SCALAR_COMPOSED_TENSOR

struct ApplyOptions {
    std::map<std::string, double> attributes{};
    std::optional<Kind> over{};
    std::string name{};  // of the result; a numbered one when empty
};
/// Any op of the table: apply("hard_tanh", {x}). `ricci opt --list-ops` lists them.
Tensor apply(std::string_view op, const std::vector<Tensor>& operands, const ApplyOptions& options = {},
             std::source_location where = std::source_location::current());

}  // namespace ricci
