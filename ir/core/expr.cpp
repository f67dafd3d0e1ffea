// Building, comparing and rewriting scalar expressions. Calls of functions stand in scalar.cpp, whose table they ask.
#include "ir/core/expr.h"

#include "ir/base/error.h"

namespace ricci::ir {
namespace {

ExprRef make(Expr expr) {
    return std::make_shared<const Expr>(std::move(expr));
}

void mix(std::size_t& seed, std::size_t value) {
    seed ^= value + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2);
}

std::size_t hash(const Affine& a) {
    std::size_t seed = std::hash<std::int64_t>{}(a.offset);
    for (const Affine::Term& term : a.terms) {
        mix(seed, std::hash<IndexId>{}(term.index));
        mix(seed, std::hash<std::int64_t>{}(term.coefficient));
    }
    return seed;
}

}  // namespace

ExprRef constant(const Number& number, DType stored) {
    const DType dtype = computed(stored);
    return make({.form = Expr::Form::constant, .dtype = dtype, .number = number.as(dtype)});
}

ExprRef element(Access access, DType stored) {
    const DType dtype = computed(stored);
    if (access.pad) access.pad = access.pad->as(dtype);
    return make({.form = Expr::Form::access, .dtype = dtype, .access = std::move(access)});
}

ExprRef index_value(Affine affine) {
    return make({.form = Expr::Form::index, .dtype = i64, .affine = std::move(affine)});
}

ExprRef extent_of(IndexId index) {
    return make({.form = Expr::Form::extent, .dtype = i64, .affine = Affine::of(index)});
}

bool is_constant(const ExprRef& expr, const Number& number) {
    return expr->form == Expr::Form::constant && expr->number == number;
}

bool same(const ExprRef& a, const ExprRef& b) {
    if (a == b) return true;
    if (a->form != b->form || a->dtype != b->dtype || a->function != b->function || a->access != b->access ||
        a->affine != b->affine || a->args.size() != b->args.size() || a->number != b->number) {
        return false;
    }
    for (std::size_t i = 0; i < a->args.size(); ++i) {
        if (!same(a->args[i], b->args[i])) return false;
    }
    return true;
}

std::size_t hash(const ExprRef& expr) {
    std::size_t seed = std::hash<Expr::Form>{}(expr->form) * 31 + std::hash<DType>{}(expr->dtype);
    mix(seed, expr->number.hash());
    mix(seed, std::hash<ValueId>{}(expr->access.tensor));
    for (const Affine& at : expr->access.at) mix(seed, hash(at));
    mix(seed, hash(expr->affine));
    mix(seed, std::hash<Scalar>{}(expr->function));
    for (const ExprRef& arg : expr->args) mix(seed, hash(arg));
    return seed;
}

void walk(const ExprRef& expr, const std::function<void(const Expr&)>& visit) {
    visit(*expr);
    for (const ExprRef& arg : expr->args) walk(arg, visit);
}

std::vector<const Access*> accesses(const ExprRef& expr) {
    std::vector<const Access*> found;
    walk(expr, [&](const Expr& node) {
        if (node.form == Expr::Form::access) found.push_back(&node.access);
    });
    return found;
}

ExprRef rewrite(const ExprRef& expr, const std::function<ExprRef(const ExprRef&)>& replace) {
    ExprRef rebuilt = expr;
    std::vector<ExprRef> args;
    bool changed = false;
    for (const ExprRef& arg : expr->args) {
        args.push_back(rewrite(arg, replace));
        changed |= args.back() != arg;
    }
    if (changed) {
        Expr copy = *expr;
        copy.args = std::move(args);
        rebuilt = make(std::move(copy));
    }
    ExprRef replacement = replace(rebuilt);
    return replacement ? replacement : rebuilt;
}

ExprRef substitute(const ExprRef& expr, std::span<const Affine> with) {
    return rewrite(expr, [&](const ExprRef& node) -> ExprRef {
        switch (node->form) {
            case Expr::Form::access: {
                Access access = node->access;
                for (Affine& at : access.at) at = substitute(at, with);
                return element(std::move(access), node->dtype);
            }
            case Expr::Form::index:
                return index_value(substitute(node->affine, with));
            case Expr::Form::extent: {
                IndexId index = substitute(node->affine, with).bare();
                RICCI_CHECK(index >= 0, "the extent of an index that was replaced by an expression");
                return extent_of(index);
            }
            default:
                return nullptr;
        }
    });
}

}  // namespace ricci::ir
