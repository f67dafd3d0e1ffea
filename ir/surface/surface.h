/// \file ir/surface/surface.h
/// Equations as people write them, before inference: what the parser reads, what the C++ index notation builds, what
/// op-table entries are made of. `elaborate` turns them into typed equations; nothing else gives them a meaning.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ir/base/error.h"
#include "ir/core/equation.h"
#include "ir/core/type.h"

namespace ricci::ir::surface {

struct Expr;

/// An index expression: names, integers (or named integer constants of the scope), + - *, tuples (flattened row-major).
/// `data` is an element of a tensor of integers: a look-up. Of a name, it is what the name stands for, for messages.
struct IndexExpr {
    enum class Form : std::uint8_t { number, name, add, sub, mul, tuple, ellipsis, data } form = Form::number;
    std::int64_t number = 0;
    std::string name{};
    std::vector<IndexExpr> args{};
    std::shared_ptr<const Expr> data{};  // an access
};

/// What is said of an index where it is declared: `dy: tap_h 2`, `dy: 2`, `dy`. An extent of kOpen is written '?'.
struct IndexDecl {
    std::string name;
    std::optional<Kind> kind{};
    std::optional<IndexExpr> extent{};  // an integer expression over the scope's constants
};

/// A scalar expression.
struct Expr {
    enum class Form : std::uint8_t {
        number,     // number; its type comes from its surroundings
        access,     // name[at...]; padded: pad(name[at...], pad)
        name,       // an index as a number, or a named constant of the scope
        index,      // index(affine): an index expression as a number
        extent,     // extent(name)
        call,       // name(args...): a scalar function or a type (cast); infix forms have their function's name
        reduction,  // reduce(decls...) args[0]
    };
    Form form = Form::number;
    Number number{};
    std::string name{};
    std::vector<IndexExpr> at{};
    std::optional<Number> pad{};
    std::vector<IndexDecl> decls{};  // of a reduction; of an access, what is said inline: x[b: batch, i]
    Reduce reduce = Reduce::none;
    std::vector<Expr> args{};
    bool looked_up = false;  // an access with ids among its positions, written out: it is one element
};

/// result[left] (reduce)= body where decls
struct Equation {
    std::string result;
    std::optional<TensorType> type{};
    std::vector<IndexExpr> left{};
    std::vector<IndexDecl> left_decls{};  // kinds and extents said inline: y[b: batch, ...]
    bool clipped = false;
    Reduce reduce = Reduce::none;  // of `+=`, `max=`, ...; none for `=`
    Expr body{};
    std::vector<IndexDecl> where{};
    std::string op{};
    Schedule schedule{};
    Location location{};
};

}  // namespace ricci::ir::surface
