/// \file frontend/notation/notation.h
/// The index notation: layers written as equations over named indices.
///
///   Index b("b", batch), y("y", height), x("x", width), n("n", channel), i("i", channel), dy("dy", tap_h), dx("dx");
///   L1[b, y, x, n] = relu(sum(dy, dx, i)(K[n, dy, dx, i] * L0[b, s * y + dy, s * x + dx, i]) - B[n]);
///
/// Kinds and extents that are not said are inferred. An index that is not on the left is summed, around the smallest
/// product that holds all its uses. Mix-ups are refused on the line of the equation, naming indices, kinds and extents.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <vector>

#include "frontend/model/axes.h"
#include "frontend/model/tensor.h"
#include "ir/surface/surface.h"

namespace ricci {

/// An index expression: integers times indices, added; what stands between the brackets.
struct Position {
    ir::surface::IndexExpr expr{};
    std::vector<ir::surface::IndexDecl> uses{};  // the indices in it, with what was said of them

    Position() = default;
    template <std::integral T>
    Position(T number) : expr{.number = static_cast<std::int64_t>(number)} {}
    Position(ir::surface::IndexExpr::Form form, const std::vector<Position>& args);
};

/// A named index; kind and extent are optional. \throws UserError for a name that is none or an extent below 1.
class Index : public Position {
  public:
    explicit Index(std::string name, std::source_location where = std::source_location::current());
    Index(std::string name, Kind kind, std::source_location where = std::source_location::current());
    Index(std::string name, const AxisName& kind, std::source_location where = std::source_location::current());
    Index(std::string name, const Axis& axis, std::source_location where = std::source_location::current());

    const std::string& name() const { return expr.name; }
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
template <std::convertible_to<Position>... P>
Position flat(const P&... parts) {
    return Position(ir::surface::IndexExpr::Form::tuple, {Position(parts)...});
}

/// An index expression, and the line it was written on.
struct IndexAt {
    IndexAt(const Position& from, std::source_location at = std::source_location::current())
        : position(from), where(at) {}
    template <std::integral T>
    IndexAt(T from, std::source_location at = std::source_location::current()) : position(from), where(at) {}

    Position position;
    std::source_location where;
};

/// A scalar expression of an equation's right-hand side.
struct Term {
    ir::surface::Expr expr{};
    std::vector<ir::surface::IndexDecl> uses{};
    std::vector<Tensor> tensors{};  // those it reads

    Term() = default;
    template <typename T>
        requires std::is_arithmetic_v<T>
    Term(T number) : expr{.number = number} {}
    Term(const Position& position);  // the index's number, an integer
    /// A scalar function or a type, by the name that the text form uses.
    Term(std::string function, const std::vector<Term>& args);
};

/// tensor[at...]: a term, and the left-hand side of an equation.
class Element : public Term {
  public:
    Element(Tensor tensor, std::vector<IndexAt> at);
    Element(const Element&) = default;

    /// Defines the tensor by this equation. \throws UserError for every mix-up, and for a tensor that has a value.
    void operator=(const Term& body) { define(body, ir::Reduce::none); }
    void operator=(const Element& body) { define(body, ir::Reduce::none); }
    /// Defines the tensor as the sum over every point of the indices; the left may be affine (a scatter).
    void operator+=(const Term& body) { define(body, ir::Reduce::sum); }

  private:
    void define(const Term& body, ir::Reduce reduce) const;

    Tensor tensor_;
    std::vector<IndexAt> at_;
};

}  // namespace ricci

#include "frontend/notation/scalar_terms.h"
