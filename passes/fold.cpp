// The folding rules, one function a family; each takes a call whose arguments are folded and returns null to keep it.
#include "passes/fold.h"

#include <array>
#include <cmath>

namespace ricci::passes {
namespace {

using namespace ir;
using Form = Expr::Form;

// Integers are kept in doubles: what lies beyond is left to the program.
constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

bool is_number(const ExprRef& expr) { return expr->form == Form::constant; }
bool is_call(const ExprRef& expr, Scalar function) { return expr->form == Form::call && expr->function == function; }

/// A constant of that type with that value, or null when the type cannot hold it exactly enough.
ExprRef number_of(double value, DType dtype) {
    if (is_integer(dtype)) {
        value = std::trunc(value);
        double limit = dtype == i32 ? 2147483647.0 : kExactIntegers;
        if (!(std::fabs(value) <= limit)) return nullptr;
    }
    return constant(value, dtype);
}

bool finite_by_construction(const ExprRef& expr) {
    switch (expr->form) {
        case Form::constant: return std::isfinite(expr->number);
        case Form::index:
        case Form::extent: return true;
        case Form::cast: return !is_float(expr->args[0]->dtype);
        case Form::call:
            if (is_integer(expr->dtype)) return true;
            if (expr->function == Scalar::neg) return finite_by_construction(expr->args[0]);
            return expr->function == Scalar::select && finite_by_construction(expr->args[1]) &&
                   finite_by_construction(expr->args[2]);
        case Form::access: return is_integer(expr->dtype);
    }
    return false;
}

ExprRef fold_constants(const ExprRef& call) {
    std::array<double, 3> values{};
    for (std::size_t i = 0; i < call->args.size(); ++i) {
        if (!is_number(call->args[i])) return nullptr;
        values[i] = call->args[i]->number;
    }
    if (call->function == Scalar::div && is_integer(call->dtype) && values[1] == 0) return nullptr;
    return number_of(info(call->function).value(values.data()), call->dtype);
}

ExprRef fold_neg(const ExprRef& call) {
    const ExprRef& x = call->args[0];
    if (is_call(x, Scalar::neg)) return x->args[0];
    if (is_call(x, Scalar::sub)) return x->args[1] - x->args[0];
    if (is_call(x, Scalar::mul) && is_number(x->args[0])) return constant(-x->args[0]->number, x->dtype) * x->args[1];
    return nullptr;
}

ExprRef fold_sum(const ExprRef& call) {
    const ExprRef& a = call->args[0];
    const ExprRef& b = call->args[1];
    bool minus = call->function == Scalar::sub;
    if (is_constant(b, 0)) return a;
    if (is_constant(a, 0)) return minus ? fold(-b) : b;
    if (is_call(b, Scalar::neg)) return minus ? a + b->args[0] : a - b->args[0];
    if (!minus && is_call(a, Scalar::neg)) return b - a->args[0];
    if (!minus && same(a, b)) return fold(constant(2, a->dtype) * a);
    return nullptr;
}

/// constant * x, of floats.
bool has_factor(const ExprRef& expr) {
    return is_call(expr, Scalar::mul) && is_float(expr->dtype) && is_number(expr->args[0]);
}

ExprRef fold_product(const ExprRef& call) {
    const ExprRef& a = call->args[0];
    const ExprRef& b = call->args[1];
    if (is_number(b) && !is_number(a)) return fold(b * a);
    if (is_constant(a, 1)) return b;
    if (is_constant(a, 0) && finite_by_construction(b)) return a;
    if (is_constant(a, -1)) return fold(-b);
    if (is_call(a, Scalar::neg)) return fold(-fold(a->args[0] * b));
    if (is_call(b, Scalar::neg)) return fold(-fold(a * b->args[0]));
    // Constants go to the front, where they meet: a * (2 * b) and (2 * a) * b are 2 * (a * b).
    if (is_number(a) && has_factor(b)) return fold(constant(a->number * b->args[0]->number, a->dtype) * b->args[1]);
    if (has_factor(b)) return fold(b->args[0] * fold(a * b->args[1]));
    if (has_factor(a)) return fold(a->args[0] * fold(a->args[1] * b));
    if (is_float(b->dtype) && is_call(b, Scalar::div) && is_constant(b->args[0], 1)) return fold(a / b->args[1]);
    return nullptr;
}

ExprRef fold_quotient(const ExprRef& call) {
    const ExprRef& a = call->args[0];
    const ExprRef& b = call->args[1];
    if (is_constant(b, 1)) return a;
    if (is_call(a, Scalar::neg)) return fold(-fold(a->args[0] / b));
    // c * x / d is one factor; an integer quotient truncates and stays.
    if (is_number(b) && b->number != 0 && has_factor(a)) {
        return fold(constant(a->args[0]->number / b->number, a->dtype) * a->args[1]);
    }
    return nullptr;
}

ExprRef fold_power(const ExprRef& call) {
    const ExprRef& x = call->args[0];
    const ExprRef& exponent = call->args[1];
    if (!is_number(exponent)) return nullptr;
    if (exponent->number == 0) return constant(1, x->dtype);
    if (exponent->number == 1) return x;
    if (exponent->number == 2) return x * x;
    if (exponent->number == 3) return x * x * x;
    if (exponent->number == 4) return (x * x) * (x * x);
    if (exponent->number == -1) return constant(1, x->dtype) / x;
    return nullptr;
}

ExprRef fold_select(const ExprRef& call) {
    const ExprRef& condition = call->args[0];
    const ExprRef& yes = call->args[1];
    const ExprRef& no = call->args[2];
    if (is_number(condition)) return condition->number != 0 ? yes : no;
    if (same(yes, no)) return yes;
    if (is_call(condition, Scalar::logical_not)) return ir::call(Scalar::select, {condition->args[0], no, yes});
    // select(c, select(c, a, b), d) is select(c, a, d); the same for the other branch.
    if (is_call(yes, Scalar::select) && same(yes->args[0], condition)) {
        return fold(ir::call(Scalar::select, {condition, yes->args[1], no}));
    }
    if (is_call(no, Scalar::select) && same(no->args[0], condition)) {
        return fold(ir::call(Scalar::select, {condition, yes, no->args[2]}));
    }
    return nullptr;
}

ExprRef fold_logic(const ExprRef& call) {
    if (call->function == Scalar::logical_not) {
        return is_call(call->args[0], Scalar::logical_not) ? call->args[0]->args[0] : nullptr;
    }
    bool is_and = call->function == Scalar::logical_and;
    for (std::size_t i = 0; i < 2; ++i) {
        const ExprRef& arg = call->args[i];
        if (is_number(arg)) return (arg->number != 0) == is_and ? call->args[1 - i] : arg;
    }
    return same(call->args[0], call->args[1]) ? call->args[0] : nullptr;
}

/// max(a, b) > b is a > b, min(a, b) < b is a < b: derivatives ask so.
ExprRef fold_comparison(const ExprRef& call) {
    const ExprRef& a = call->args[0];
    bool extremum = is_call(a, call->function == Scalar::greater ? Scalar::max : Scalar::min);
    if (!extremum || !same(a->args[1], call->args[1])) return nullptr;
    return ir::call(call->function, {a->args[0], call->args[1]});
}

ExprRef fold_cast(const ExprRef& node) {
    const ExprRef& x = node->args[0];
    if (!is_number(x)) return nullptr;
    if (node->dtype == boolean) return constant(x->number != 0 ? 1 : 0, boolean);
    if (node->dtype == f32) return constant(static_cast<double>(static_cast<float>(x->number)), f32);
    return number_of(x->number, node->dtype);
}

ExprRef fold_call(const ExprRef& node) {
    if (ExprRef number = fold_constants(node)) return number;
    switch (node->function) {
        case Scalar::neg: return fold_neg(node);
        case Scalar::add:
        case Scalar::sub: return fold_sum(node);
        case Scalar::mul: return fold_product(node);
        case Scalar::div: return fold_quotient(node);
        case Scalar::pow: return fold_power(node);
        case Scalar::min:
        case Scalar::max: return same(node->args[0], node->args[1]) ? node->args[0] : nullptr;
        case Scalar::greater:
        case Scalar::less: return fold_comparison(node);
        case Scalar::select: return fold_select(node);
        case Scalar::logical_not:
        case Scalar::logical_and:
        case Scalar::logical_or: return fold_logic(node);
        default: return nullptr;
    }
}

}  // namespace

ExprRef fold(const ExprRef& expr) {
    return rewrite(expr, [](const ExprRef& node) -> ExprRef {
        if (node->form == Form::cast) return fold_cast(node);
        if (node->form == Form::call) return fold_call(node);
        if (node->form == Form::index && node->affine.is_constant()) {
            return constant(static_cast<double>(node->affine.offset), i64);
        }
        return nullptr;
    });
}

}  // namespace ricci::passes
