// Scalar functions and reductions of the index notation: each names the function or op that it is.
#include "ricci/scalar_terms.h"

#include "frontend/model/internals.h"
#include "ir/core/scalar.h"
#include "ricci/noise.h"

namespace ricci {

namespace surface = ir::surface;

namespace {

Term call(ir::Scalar function, const std::vector<Term>& args) {
    return Term(std::string(ir::info(function).name), args);
}

}  // namespace

Term operator+(const Term& a, const Term& b) { return call(ir::Scalar::add, {a, b}); }
Term operator-(const Term& a, const Term& b) { return call(ir::Scalar::sub, {a, b}); }
Term operator*(const Term& a, const Term& b) { return call(ir::Scalar::mul, {a, b}); }
Term operator/(const Term& a, const Term& b) { return call(ir::Scalar::div, {a, b}); }
Term operator-(const Term& a) { return call(ir::Scalar::neg, {a}); }
Term operator<(const Term& a, const Term& b) { return call(ir::Scalar::less, {a, b}); }
Term operator<=(const Term& a, const Term& b) { return call(ir::Scalar::less_equal, {a, b}); }
Term operator>(const Term& a, const Term& b) { return call(ir::Scalar::greater, {a, b}); }
Term operator>=(const Term& a, const Term& b) { return call(ir::Scalar::greater_equal, {a, b}); }
Term operator==(const Term& a, const Term& b) { return call(ir::Scalar::equal, {a, b}); }
Term operator!=(const Term& a, const Term& b) { return call(ir::Scalar::not_equal, {a, b}); }
Term operator&&(const Term& a, const Term& b) { return call(ir::Scalar::logical_and, {a, b}); }
Term operator||(const Term& a, const Term& b) { return call(ir::Scalar::logical_or, {a, b}); }
Term operator!(const Term& a) { return call(ir::Scalar::logical_not, {a}); }

#define RICCI_SCALAR_TERM(name, meaning) \
    Term name(const Term& a) { return call(ir::Scalar::name, {a}); }
RICCI_SCALAR_FUNCTIONS(RICCI_SCALAR_TERM)
#undef RICCI_SCALAR_TERM
// Pointwise ops of the table: the elaborator puts their bodies in.
#define RICCI_SCALAR_COMPOSED_TERM(name) \
    Term name(const Term& a) { return Term(#name, {a}); }
RICCI_SCALAR_COMPOSITIONS(RICCI_SCALAR_COMPOSED_TERM)
RICCI_SCALAR_ADJUSTABLES(RICCI_SCALAR_COMPOSED_TERM)
#undef RICCI_SCALAR_COMPOSED_TERM
Term pow(const Term& a, const Term& b) { return call(ir::Scalar::pow, {a, b}); }
Term mod(const Term& a, const Term& b) { return call(ir::Scalar::mod, {a, b}); }
Term atan2(const Term& y, const Term& x) { return call(ir::Scalar::atan2, {y, x}); }
Term min(const Term& a, const Term& b) { return call(ir::Scalar::min, {a, b}); }
Term max(const Term& a, const Term& b) { return call(ir::Scalar::max, {a, b}); }

Term bit_and(const Term& a, const Term& b) { return call(ir::Scalar::bit_and, {a, b}); }
Term bit_or(const Term& a, const Term& b) { return call(ir::Scalar::bit_or, {a, b}); }
Term bit_xor(const Term& a, const Term& b) { return call(ir::Scalar::bit_xor, {a, b}); }
Term bit_not(const Term& a) { return call(ir::Scalar::bit_not, {a}); }
Term shift_left(const Term& a, const Term& places) { return call(ir::Scalar::shift_left, {a, places}); }
Term shift_right(const Term& a, const Term& places) { return call(ir::Scalar::shift_right, {a, places}); }

Term select(const Term& condition, const Term& if_true, const Term& if_false) {
    return call(ir::Scalar::select, {condition, if_true, if_false});
}

Term clip(const Term& a, const Term& low, const Term& high) { return min(max(a, low), high); }

Term random_bits(const Term& key, const Term& place, const Term& stream) {
    return call(ir::Scalar::random_bits, {key, place, stream});
}

Term random_uniform(const Term& key, const Term& place, const Term& stream) {
    return Term("random_uniform", {key, place, stream});
}

Term random_normal(const Term& key, const Term& place, const Term& stream) {
    return Term("random_normal", {key, place, stream});
}

Term cast(const Term& a, DType dtype) { return Term(std::string(name_of(dtype)), {a}); }

Term extent(const Index& index) {
    return detail::Internals::term({.expr = {.form = surface::Expr::Form::extent, .name = index.name()},
                                    .uses = detail::Internals::state(index).uses});
}

Term pad(const Element& element, const Number& value) {
    detail::TermState state = detail::Internals::state(static_cast<const Term&>(element));
    state.expr.pad = value;
    return detail::Internals::term(std::move(state));
}

}  // namespace ricci
