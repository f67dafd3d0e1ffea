// Which expressions give numbers that bf16 holds.
#include "ir/core/stored.h"

#include <algorithm>

namespace ricci::ir {
namespace {

bool is_bf16_number(const Number& number) {
    const double value = number.real();
    return value != value || round_to_bf16(value) == value;
}

/// Functions that give one of their arguments, or its negative.
bool passes_on(Scalar function) {
    switch (function) {
        case Scalar::neg:
        case Scalar::abs:
        case Scalar::min:
        case Scalar::max:
        case Scalar::select:
        case Scalar::stop_gradient: return true;
        default: return false;
    }
}

bool is_bf16(const Graph& graph, const ExprRef& expr) {
    if (expr->dtype == boolean) return true;  // of a choice
    switch (expr->form) {
        case Expr::Form::constant: return is_bf16_number(expr->number);
        case Expr::Form::access:
            return graph.value(expr->access.tensor).type.dtype == bf16 &&
                   (!expr->access.pad || is_bf16_number(*expr->access.pad));
        case Expr::Form::call:
            if (expr->function == Scalar::round_bf16) return true;
            return passes_on(expr->function) &&
                   std::ranges::all_of(expr->args, [&](const ExprRef& arg) { return is_bf16(graph, arg); });
        default: return false;
    }
}

}  // namespace

bool fits_stored(const Graph& graph, const ExprRef& expr, DType dtype) {
    if (expr->dtype != computed(dtype)) return false;
    return dtype != bf16 || is_bf16(graph, expr);
}

ExprRef to_stored(const Graph& graph, ExprRef expr, DType dtype) {
    const bool fits = dtype != bf16 || expr->dtype != computed(dtype) || is_bf16(graph, expr);
    return fits ? expr : cast(std::move(expr), dtype);
}

}  // namespace ricci::ir
