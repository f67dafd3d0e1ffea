/// \file ricci/scalar_terms.h
/// Operators, scalar functions and reductions of the index notation. `ricci opt --list-ops` has their meanings.
#pragma once

#include "ricci/composed_functions.h"
#include "ricci/scalar_functions.h"
#include "ricci/term.h"

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

// Term exp(const Term& a), Term tanh(const Term& a), ...: the list says what each is.
#define RICCI_SCALAR_TERM(name, meaning) Term name(const Term& a);
RICCI_SCALAR_FUNCTIONS(RICCI_SCALAR_TERM)
#undef RICCI_SCALAR_TERM
// Term asin(const Term& a), ...: ops of the table, written out in place.
#define RICCI_SCALAR_COMPOSED_TERM(name) Term name(const Term& a);
RICCI_SCALAR_COMPOSITIONS(RICCI_SCALAR_COMPOSED_TERM)
RICCI_SCALAR_ADJUSTABLES(RICCI_SCALAR_COMPOSED_TERM)
#undef RICCI_SCALAR_COMPOSED_TERM
Term pow(const Term& a, const Term& b);
Term mod(const Term& a, const Term& b);    ///< The rest of a / b toward 0, with the sign of a; as C's fmod and %.
Term atan2(const Term& y, const Term& x);  ///< The angle of the point (x, y), from -pi to pi.
Term min(const Term& a, const Term& b);
Term max(const Term& a, const Term& b);
/// Of two elements too, where std::max of two of the same type would be nearer.
inline Term min(const Element& a, const Element& b) { return min(static_cast<const Term&>(a), b); }
inline Term max(const Element& a, const Element& b) { return max(static_cast<const Term&>(a), b); }
/// Of integers, bit by bit. To the right the sign fills the places. A shift by less than 0 places, or by as many as the
/// type has bits, leaves no bit of the number.
Term bit_and(const Term& a, const Term& b);
Term bit_or(const Term& a, const Term& b);
Term bit_xor(const Term& a, const Term& b);
Term bit_not(const Term& a);
Term shift_left(const Term& a, const Term& places);
Term shift_right(const Term& a, const Term& places);
/// if_true where the condition holds, else if_false; both of one type.
Term select(const Term& condition, const Term& if_true, const Term& if_false);
/// a between the two bounds: min(max(a, low), high).
Term clip(const Term& a, const Term& low, const Term& high);
/// a converted; float to integer drops the fraction.
Term cast(const Term& a, DType dtype);
/// The extent of an index as an i64, known when the program is called: extent(b) is the batch. Beside
/// `using namespace std`, whose extent is another thing, it is ricci::extent(b).
Term extent(const Index& index);
/// The element, or `value` where its indices point outside the tensor.
Term pad(const Element& element, const Number& value);

/// What sum(dy, dx, i) is before it gets its body.
class Reduction {
  public:
    enum class Fold : std::uint8_t { sum, prod, max, min, argmax };
    Reduction(Fold fold, std::vector<Index> indices) : fold_(fold), indices_(std::move(indices)) {}
    /// \throws UserError when the body does not use one of the indices.
    Term operator()(const Term& body, std::source_location where = std::source_location::current()) const;

  private:
    Fold fold_;
    std::vector<Index> indices_;
};

template <typename... T>
concept Indices = (std::same_as<T, Index> && ...);

template <typename... Rest>
    requires Indices<Rest...>
Reduction sum(const Index& first, const Rest&... rest) {
    return {Reduction::Fold::sum, {first, rest...}};
}
template <typename... Rest>
    requires Indices<Rest...>
Reduction prod(const Index& first, const Rest&... rest) {
    return {Reduction::Fold::prod, {first, rest...}};
}
template <typename... Rest>
    requires Indices<Rest...>
Reduction max(const Index& first, const Rest&... rest) {
    return {Reduction::Fold::max, {first, rest...}};
}
template <typename... Rest>
    requires Indices<Rest...>
Reduction min(const Index& first, const Rest&... rest) {
    return {Reduction::Fold::min, {first, rest...}};
}
// No templates, which std::max and std::min of two or three things of one type would be as near as.
inline Reduction max(const Index& a, const Index& b) {
    return {Reduction::Fold::max, {a, b}};
}
inline Reduction max(const Index& a, const Index& b, const Index& c) {
    return {Reduction::Fold::max, {a, b, c}};
}
inline Reduction min(const Index& a, const Index& b) {
    return {Reduction::Fold::min, {a, b}};
}
inline Reduction min(const Index& a, const Index& b, const Index& c) {
    return {Reduction::Fold::min, {a, b, c}};
}
/// The row-major number (i64) of the first largest point.
template <typename... Rest>
    requires Indices<Rest...>
Reduction argmax(const Index& first, const Rest&... rest) {
    return {Reduction::Fold::argmax, {first, rest...}};
}

}  // namespace ricci
