/// \file frontend/notation/scalar_terms.h
/// Operators, scalar functions and reductions of the index notation. Meanings and gradients are those of ir/core/scalar.h.
#pragma once

#include "frontend/notation/notation.h"

namespace ricci {

Term operator+(const Term& a, const Term& b);
Term operator-(const Term& a, const Term& b);
Term operator*(const Term& a, const Term& b);
Term operator/(const Term& a, const Term& b);
Term operator-(const Term& a);
Term operator<(const Term& a, const Term& b);
Term operator<=(const Term& a, const Term& b);
Term operator>(const Term& a, const Term& b);
Term operator>=(const Term& a, const Term& b);
Term operator==(const Term& a, const Term& b);
Term operator!=(const Term& a, const Term& b);
Term operator&&(const Term& a, const Term& b);
Term operator||(const Term& a, const Term& b);
Term operator!(const Term& a);

Term abs(const Term& a);
Term sign(const Term& a);
Term floor(const Term& a);
Term exp(const Term& a);
Term expm1(const Term& a);  // exp(a) - 1, with all digits near 0
Term log(const Term& a);
Term log1p(const Term& a);  // log(1 + a), with all digits near 0
Term tanh(const Term& a);
Term sigmoid(const Term& a);
Term softplus(const Term& a);
Term sqrt(const Term& a);
Term erf(const Term& a);
Term normal_cdf(const Term& a);
Term stop_gradient(const Term& a);
Term pow(const Term& a, const Term& b);
Term min(const Term& a, const Term& b);
Term max(const Term& a, const Term& b);
Term relu(const Term& a);
/// if_true where the condition holds, else if_false; both of one type.
Term select(const Term& condition, const Term& if_true, const Term& if_false);
/// a converted; float to integer drops the fraction.
Term cast(const Term& a, DType dtype);
/// The extent of an index as an i64, known when the program is called: extent(b) is the batch.
Term extent(const Index& index);
/// The element, or `value` where its indices point outside the tensor.
Term pad(const Element& element, const ir::Number& value);

/// What sum(dy, dx, i) is before it gets its body.
struct Reduction {
    ir::Reduce reduce;
    std::vector<ir::surface::IndexDecl> indices;
    /// \throws UserError when the body does not use one of the indices.
    Term operator()(const Term& body, std::source_location where = std::source_location::current()) const;
};

template <typename... T>
concept Indices = (std::same_as<T, Index> && ...);

template <typename... Rest>
    requires Indices<Rest...>
Reduction sum(const Index& first, const Rest&... rest) {
    return {ir::Reduce::sum, {first.uses[0], rest.uses[0]...}};
}
template <typename... Rest>
    requires Indices<Rest...>
Reduction prod(const Index& first, const Rest&... rest) {
    return {ir::Reduce::prod, {first.uses[0], rest.uses[0]...}};
}
template <typename... Rest>
    requires Indices<Rest...>
Reduction max(const Index& first, const Rest&... rest) {
    return {ir::Reduce::max, {first.uses[0], rest.uses[0]...}};
}
template <typename... Rest>
    requires Indices<Rest...>
Reduction min(const Index& first, const Rest&... rest) {
    return {ir::Reduce::min, {first.uses[0], rest.uses[0]...}};
}
/// The row-major number (i64) of the first largest point.
template <typename... Rest>
    requires Indices<Rest...>
Reduction argmax(const Index& first, const Rest&... rest) {
    return {ir::Reduce::argmax, {first.uses[0], rest.uses[0]...}};
}

}  // namespace ricci
