/// \file ir/core/expr.h
/// Scalar expressions: immutable trees over tensor elements, the right-hand sides of equations.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ir/base/dtype.h"
#include "ir/core/affine.h"
#include "ir/core/ids.h"
#include "ir/core/number.h"
#include "ir/core/scalar.h"

namespace ricci::ir {

/// One element of a tensor. Reads outside the tensor give `pad` where it is set, and are an error where it is not.
struct Access {
    ValueId tensor = -1;
    std::vector<Affine> at;  // one per axis
    std::optional<Number> pad;
    friend bool operator==(const Access&, const Access&) = default;
};

struct Expr {
    enum class Form : std::uint8_t {
        constant,  // number
        access,    // access
        index,     // affine, as an i64
        extent,    // the extent of the index `affine.bare()`, as an i64: known when the program is called
        call,      // function(args...)
        cast,      // args[0] converted to dtype; float to integer truncates
    };
    Form form;
    DType dtype;
    Number number{};
    Access access{};
    Affine affine{};
    Scalar function = Scalar::add;
    std::vector<ExprRef> args{};
};

// Builders. Each checks its operand types with RICCI_CHECK; the elaborator reports the user's mistakes before.
/// \pre number.fits(dtype), and so does the access's pad. The type may be that of a tensor. An expression is of the type
/// that it is computed in, so an element of bf16 is an f32. A cast to bf16 is a rounding.
ExprRef constant(const Number& number, DType dtype);
ExprRef element(Access access, DType dtype);
ExprRef index_value(Affine affine);
ExprRef extent_of(IndexId index);
ExprRef call(Scalar function, std::vector<ExprRef> args);
ExprRef cast(ExprRef operand, DType dtype);

ExprRef operator+(ExprRef a, ExprRef b);
ExprRef operator-(ExprRef a, ExprRef b);
ExprRef operator*(ExprRef a, ExprRef b);
ExprRef operator/(ExprRef a, ExprRef b);
ExprRef operator-(ExprRef a);

/// A constant of that value in its type: 0.0 is not -0.0.
bool is_constant(const ExprRef& expr, const Number& number);
/// Same tree.
bool same(const ExprRef& a, const ExprRef& b);
std::size_t hash(const ExprRef& expr);

/// Calls `visit` on every node, parents first.
void walk(const ExprRef& expr, const std::function<void(const Expr&)>& visit);
/// Every access, in order of appearance.
std::vector<const Access*> accesses(const ExprRef& expr);
/// Rebuilds bottom-up: `replace` sees a node whose arguments are rebuilt and returns its replacement, or null to keep it.
ExprRef rewrite(const ExprRef& expr, const std::function<ExprRef(const ExprRef&)>& replace);
/// Replaces indices in accesses, index values and extents: index i becomes with[i] (a bare index under extent()).
ExprRef substitute(const ExprRef& expr, std::span<const Affine> with);

}  // namespace ricci::ir
