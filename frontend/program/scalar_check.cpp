// Refusals that name the tensor, its type and the remedy.
#include "frontend/program/scalar_check.h"

namespace ricci::detail {

void check_scalar(std::string_view what, const Tensor& of, const Location& where) {
    const TensorType type = of.type();
    if (type.rank() != 0) {
        user_error(where, "{}: {} is {}, not one number; take its mean(...) or sum(...)", what, of.name(),
                   to_string(type));
    }
    if (!is_float(type.dtype)) {
        user_error(where, "{}: {} is {} and has no gradient; use f32 or f64", what, of.name(), to_string(type));
    }
}

void check_variable(std::string_view what, const Tensor& by, const Location& where) {
    if (is_float(by.dtype())) return;
    user_error(where, "{}: {} is {}; only floating-point values have a gradient", what, by.name(), to_string(by.type()));
}

}  // namespace ricci::detail
