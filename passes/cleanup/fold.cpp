// The folding rules, one function a family; each takes a call whose arguments are folded and returns null to keep it.
#include "passes/cleanup/fold.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ir/core/scalar_value.h"

namespace ricci::passes {
namespace {

using namespace ir;
using Form = Expr::Form;

bool is_number(const ExprRef& expr) { return expr->form == Form::constant; }
bool is_call(const ExprRef& expr, Scalar function) { return expr->form == Form::call && expr->function == function; }

/// Numbers that are floats: a constant of type f32 that is none is rounded in machine code, and kept here.
bool is_f32(double value) {
    if (!std::isfinite(value)) return true;
    return std::fabs(value) <= std::numeric_limits<float>::max() &&
           static_cast<double>(static_cast<float>(value)) == value;
}
bool is_rounded(const ExprRef& number) { return number->dtype != f32 || is_f32(number->number.real()); }

/// A result that f32 rounds to a normal number, or that is exact: subnormal ones round twice, others overflow.
bool is_normal_f32(double value) {
    return value == 0 || !std::isfinite(value) || (std::fabs(value) >= std::numeric_limits<float>::min() &&
                                                   Number(value).fits(f32));
}

/// Functions that pick an argument or turn its sign: rounding the arguments first changes nothing.
bool picks(Scalar function) {
    constexpr Scalar kPick[] = {Scalar::neg, Scalar::abs,    Scalar::min,
                                Scalar::max, Scalar::select, Scalar::stop_gradient};
    return std::ranges::find(kPick, function) != std::end(kPick);
}

/// Of f32 only where the arguments are floats. A double has more than twice their digits, so it rounds to what one
/// operation on floats gives. So 1 / 3 is folded, and 0.1 * 3 is left to the processor.
ExprRef fold_constants(const ExprRef& call) {
    if (!std::ranges::all_of(call->args, is_number)) return nullptr;
    const bool exact = picks(call->function) || std::ranges::all_of(call->args, is_rounded);
    if (!exact) return nullptr;
    Datum values[3] = {};
    for (std::size_t i = 0; i < call->args.size(); ++i) {
        values[i] = datum(call->args[i]->number, call->args[i]->dtype);
    }
    const Datum value = apply(info(call->function), call->args.back()->dtype, values);
    if (call->dtype == f32 && !picks(call->function) && !is_normal_f32(value.real)) return nullptr;
    return constant(number(value, call->dtype), call->dtype);
}

/// -(-x) is x, and -(c * x) is (-c) * x: a sign rounds nothing. -(a - b) is b - a of integers only: of equal floats one
/// is -0, the other 0.
ExprRef fold_neg(const ExprRef& call) {
    const ExprRef& x = call->args[0];
    if (is_call(x, Scalar::neg)) return x->args[0];
    if (is_call(x, Scalar::sub) && is_integer(x->dtype)) return x->args[1] - x->args[0];
    if (is_call(x, Scalar::mul) && is_number(x->args[0])) return fold(-x->args[0]) * x->args[1];
    return nullptr;
}

/// x + -0 and x - 0 are x for both zeros; x + 0 is not, for -0 + 0 is 0. In the same way -0 + x is x and -0 - x is -x.
/// a + -b is a - b by definition. x + x is 2 * x: both are exact, or overflow at the same x.
ExprRef fold_sum(const ExprRef& call) {
    const ExprRef& a = call->args[0];
    const ExprRef& b = call->args[1];
    const bool minus = call->function == Scalar::sub;
    const Number nothing = is_float(call->dtype) ? Number(-0.0) : Number(0);
    if (is_constant(b, minus ? Number(0) : nothing)) return a;
    if (is_constant(a, nothing)) return minus ? fold(-b) : b;
    if (is_call(b, Scalar::neg)) return minus ? a + b->args[0] : a - b->args[0];
    if (!minus && is_call(a, Scalar::neg)) return b - a->args[0];
    if (!minus && same(a, b)) return fold(constant(2, a->dtype) * a);
    return nullptr;
}

/// 2^n with n >= 0, or its negative. Scaling by it is exact until it overflows, and never turns back.
bool grows_exactly(const Number& number) {
    int exponent = 0;
    return std::fabs(std::frexp(number.real(), &exponent)) == 0.5 && exponent >= 1;
}

/// Products of floats keep their order: each rounds, and may overflow where another order does not. What holds: they
/// commute; 1 * x is x; signs may move. Powers of two that grow meet, because 4 * (2 * x) is infinite where 8 * x is.
/// Only for integers is 0 * x folded to 0: a float may be infinite, nan or negative.
ExprRef fold_product(const ExprRef& call) {
    const ExprRef& a = call->args[0];
    const ExprRef& b = call->args[1];
    if (is_number(b) && !is_number(a)) return fold(b * a);
    if (is_constant(a, 1)) return b;
    if (is_constant(a, 0) && is_integer(a->dtype)) return a;
    if (is_constant(a, -1)) return fold(-b);
    if (is_call(a, Scalar::neg)) return fold(-fold(a->args[0] * b));
    if (is_call(b, Scalar::neg)) return fold(-fold(a * b->args[0]));
    const bool factors = is_number(a) && is_call(b, Scalar::mul) && is_number(b->args[0]);
    if (!factors) return nullptr;
    // Integers wrap, so their constants meet: products modulo 2^64 are associative.
    if (is_float(a->dtype) && !(grows_exactly(a->number) && grows_exactly(b->args[0]->number))) return nullptr;
    ExprRef product = fold_constants(a * b->args[0]);
    return product && !(is_float(a->dtype) && std::isinf(product->number.real())) ? fold(product * b->args[1])
                                                                                  : nullptr;
}

/// x / 1 is x. -x / y is -(x / y) of floats; of integers the lowest number is its own negative, its quotients are not.
ExprRef fold_quotient(const ExprRef& call) {
    const ExprRef& a = call->args[0];
    const ExprRef& b = call->args[1];
    if (is_constant(b, 1)) return a;
    if (is_call(a, Scalar::neg) && is_float(a->dtype)) return fold(-fold(a->args[0] / b));
    return nullptr;
}

/// Whole exponents from -1 to 4 are products by definition. They have pow's special cases: x^0 is 1, of nan too; where
/// x * x is subnormal or infinite, so is x^3, or it is 0.
ExprRef fold_power(const ExprRef& call) {
    const ExprRef& x = call->args[0];
    const ExprRef& exponent = call->args[1];
    if (is_constant(exponent, 0) || is_constant(exponent, -0.0)) return constant(1, x->dtype);
    if (is_constant(exponent, 1)) return x;
    if (is_constant(exponent, 2)) return x * x;
    if (is_constant(exponent, 3)) return x * x * x;
    if (is_constant(exponent, 4)) return (x * x) * (x * x);
    if (is_constant(exponent, -1)) return constant(1, x->dtype) / x;
    return nullptr;
}

ExprRef fold_select(const ExprRef& call) {
    const ExprRef& condition = call->args[0];
    const ExprRef& yes = call->args[1];
    const ExprRef& no = call->args[2];
    if (is_number(condition)) return is_constant(condition, 0) ? no : yes;
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
        if (is_number(arg)) return is_constant(arg, 0) == is_and ? arg : call->args[1 - i];
    }
    return same(call->args[0], call->args[1]) ? call->args[0] : nullptr;
}

/// max(a, b) > b is a > b, min(a, b) < b is a < b: derivatives ask so. With a nan among them all are false.
ExprRef fold_comparison(const ExprRef& call) {
    const ExprRef& a = call->args[0];
    bool extremum = is_call(a, call->function == Scalar::greater ? Scalar::max : Scalar::min);
    if (!extremum || !same(a->args[1], call->args[1])) return nullptr;
    return ir::call(call->function, {a->args[0], call->args[1]});
}

/// What f32 rounds is left to the processor, on the way in and on the way out.
ExprRef fold_cast(const ExprRef& node) {
    const ExprRef& x = node->args[0];
    if (!is_number(x) || !is_rounded(x)) return nullptr;
    const Number value = number(convert(datum(x->number, x->dtype), x->dtype, node->dtype), node->dtype);
    const bool exact = node->dtype != f32 || (x->number.is_integer() ? is_f32(value.real()) && value == x->number
                                                                     : is_f32(value.real()));
    return exact ? constant(value, node->dtype) : nullptr;
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
            return constant(node->affine.offset, i64);
        }
        return nullptr;
    });
}

}  // namespace ricci::passes
