/// \file ricci/term.h
/// What the equations of ricci/notation.h are made of: indices, positions, elements and terms.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "ricci/axes.h"
#include "ricci/tensor.h"

namespace ricci {

namespace detail {
struct PositionState;
struct TermState;
}  // namespace detail

/// An index expression: integers times indices, added; what stands between the brackets.
class Position {
  public:
    Position() : Position(std::int64_t{0}) {}
    template <std::integral T>
    Position(T number) : Position(of_number(static_cast<std::int64_t>(number))) {}
    // Moved is copied, so that what was moved from is still the same position.
    Position(const Position&) = default;
    Position& operator=(const Position&) = default;

  protected:
    friend struct detail::Internals;
    explicit Position(std::shared_ptr<const detail::PositionState> state) : state_(std::move(state)) {}
    static Position of_number(std::int64_t number);

    std::shared_ptr<const detail::PositionState> state_;
};

/// A named index; kind and extent are optional. \throws UserError for a name that is none or an extent below 1.
class Index : public Position {
  public:
    explicit Index(std::string name, std::source_location where = std::source_location::current());
    Index(std::string name, Kind kind, std::source_location where = std::source_location::current());
    Index(std::string name, const AxisName& kind, std::source_location where = std::source_location::current());
    Index(std::string name, const Axis& axis, std::source_location where = std::source_location::current());

    const std::string& name() const;
};

Position operator+(const Position& a, const Position& b);
Position operator-(const Position& a, const Position& b);
Position operator*(const Position& a, const Position& b);  // one of them an integer
Position operator-(const Position& a);
template <std::integral T>
Position operator+(const Position& a, T b) { return a + Position(b); }
template <std::integral T>
Position operator+(T a, const Position& b) { return Position(a) + b; }
template <std::integral T>
Position operator-(const Position& a, T b) { return a - Position(b); }
template <std::integral T>
Position operator-(T a, const Position& b) { return Position(a) - b; }
template <std::integral T>
Position operator*(T a, const Position& b) { return Position(a) * b; }
template <std::integral T>
Position operator*(const Position& a, T b) { return a * Position(b); }

/// One axis indexed by several indices, row-major: flat(c, y, x) runs over channels, then rows, then columns.
Position flat(const std::vector<Position>& parts);
template <std::convertible_to<Position>... P>
Position flat(const P&... parts) {
    return flat(std::vector<Position>{Position(parts)...});
}

class Term;

/// An index expression, and the line it was written on.
struct IndexAt {
    IndexAt(const Position& from, std::source_location at = std::source_location::current())
        : position(from), where(at) {}
    /// A look-up: E[tokens[b, t], f] is the row of E that tokens[b, t] says; written, g[tokens[b, t], f] += ... adds to it.
    /// Elements of integers, integers, + - *. \throws UserError for any other expression.
    IndexAt(const Term& from, std::source_location at = std::source_location::current());
    template <std::integral T>
    IndexAt(T from, std::source_location at = std::source_location::current()) : position(from), where(at) {}

    Position position;
    std::source_location where;
};

/// A scalar expression of an equation's right-hand side.
class Term {
  public:
    Term() : Term(0) {}
    template <typename T>
        requires std::is_arithmetic_v<T>
    Term(T number) : Term(of_number(number)) {}
    Term(const Position& position);  // the index's number, an integer
    Term(const Term&) = default;  // moved is copied, too
    Term& operator=(const Term&) = default;
    /// A scalar function or a type, by the name that the text form uses.
    Term(std::string function, const std::vector<Term>& args);

  protected:
    friend struct detail::Internals;
    explicit Term(std::shared_ptr<const detail::TermState> state) : state_(std::move(state)) {}
    static Term of_number(const Number& number);

    std::shared_ptr<const detail::TermState> state_;
};

/// tensor[at...]: a term, and the left-hand side of an equation.
class Element : public Term {
  public:
    Element(Tensor tensor, std::vector<IndexAt> at);
    Element(const Element&) = default;

    /// Defines the tensor by this equation. \throws UserError for every mix-up, and for a tensor that has a value.
    void operator=(const Term& body) { define(body, "="); }
    void operator=(const Element& body) { define(body, "="); }
    /// Defines the tensor as the sum over every point of the indices; the left may be affine (a scatter).
    void operator+=(const Term& body) { define(body, "+="); }
    /// The same with the product, and, as `max=` and `min=` of a text, with the largest or the smallest.
    void operator*=(const Term& body) { define(body, "*="); }
    void set_max(const Term& body) { define(body, "max="); }
    void set_min(const Term& body) { define(body, "min="); }

  private:
    friend class Clipped;
    void define(const Term& body, std::string_view assignment, bool clipped = false) const;

    Tensor tensor_;
    std::vector<IndexAt> at_;
};

/// A left-hand side that drops points outside of its tensor: clip(d[b, y + dy - 1]) += g[b, y] * w[dy].
class Clipped {
  public:
    explicit Clipped(Element left) : left_(std::move(left)) {}

    void operator+=(const Term& body) { left_.define(body, "+=", true); }
    void operator*=(const Term& body) { left_.define(body, "*=", true); }
    void set_max(const Term& body) { left_.define(body, "max=", true); }
    void set_min(const Term& body) { left_.define(body, "min=", true); }

  private:
    Element left_;
};

inline Clipped clip(const Element& left) { return Clipped(left); }

}  // namespace ricci
