// Counts for a body what the parser will count when it reads the body's text (print.cpp, surface_parser.cpp).
#include "ir/core/body_size.h"

#include <algorithm>

namespace ricci::ir {
namespace {

struct Counted {
    int infix;  // constructs of the expression where an infix expression may stand
    int unary;  // where an operand stands; only for what is no infix expression of two arguments
    int high;
};

Counted count(const Expr& expr);

/// As an argument that is printed in parentheses when it binds less than `weakest`.
Counted count(const Expr& expr, int weakest) {
    Counted plain = count(expr);
    if (binding(expr) < weakest) {
        plain.unary = plain.infix + 1;
        plain.infix = plain.unary + 1;
    }
    return plain;
}

Counted count(const Expr& expr) {
    if (expr.form == Expr::Form::constant && expr.dtype != boolean) return {1, 0, 1};
    const bool operates = expr.form == Expr::Form::call && !info(expr.function).infix.empty();
    if (operates && expr.args.size() == 1) {
        const bool number = expr.args[0]->form == Expr::Form::constant;
        const Counted arg = count(*expr.args[0], number ? kTightest + 1 : binding(expr));
        return {arg.unary + 2, arg.unary + 1, arg.high + 1};
    }
    if (operates) {
        const bool chains = info(expr.function).types != ScalarInfo::Types::comparison;
        const Counted left = count(*expr.args[0], binding(expr) + (chains ? 0 : 1));
        const Counted right = count(*expr.args[1], binding(expr) + 1);
        const int infix = std::max(left.infix, right.infix + 1);
        return {infix, infix, std::max(left.high, right.high) + 1};
    }
    Counted call{0, 0, 0};
    for (const ExprRef& arg : expr.args) {
        const Counted counted = count(*arg);
        call.infix = std::max(call.infix, counted.infix);
        call.high = std::max(call.high, counted.high);
    }
    return {call.infix + 2, call.infix + 1, call.high + 1};
}

}  // namespace

int binding(const Expr& expr) {
    const bool infix = expr.form == Expr::Form::call && !info(expr.function).infix.empty();
    return infix ? info(expr.function).precedence : kTightest;
}

BodySize size_of_body(const ExprRef& body) {
    const Counted counted = count(*body);
    return {counted.infix, counted.high};
}

bool fits_in_text(const ExprRef& body) {
    const BodySize size = size_of_body(body);
    return size.nested <= kMostNestedInBody && size.high <= kMostHighInBody;
}

}  // namespace ricci::ir
