/// \file ir/core/scalar.h
/// The scalar functions of bodies: the one table of their names, values and derivatives.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ir/base/dtype.h"

namespace ricci::ir {

struct Expr;
using ExprRef = std::shared_ptr<const Expr>;

enum class Scalar : std::uint8_t {
    neg, abs, sign, floor, exp, expm1, log, log1p, tanh, sigmoid, softplus, sqrt, erf, normal_cdf, logical_not,
    stop,  // stop_gradient: the value, with derivative 0
    add, sub, mul, div, pow, min, max,
    less, less_equal, greater, greater_equal, equal, not_equal, logical_and, logical_or,
    select,  // select(condition, if_true, if_false)
};

struct ScalarInfo {
    Scalar function;
    std::string_view name;       // how a call is spelt: "exp", "select"
    std::string_view infix;      // "+", "==", ... or "" when only the call form exists
    int precedence;              // of the infix form: higher binds tighter; 0 without one
    int arity;
    double operations;           // vector instructions that one vector of results takes; a multiply-add is one
    enum class Types : std::uint8_t {
        same,        // arguments and result of one numeric type
        real,        // the same, and floating point
        comparison,  // arguments of one type, result bool
        logical,     // all bool
        select,      // bool, T, T -> T
    } types;
    /// The value of floats in f64; comparisons and logic give 0 or 1.
    double (*value)(const double* arguments);
    /// The value of integers and bools, in 64 bits of two's complement: the low bits are those of a narrower type. Null
    /// where there are only floats.
    std::int64_t (*integer)(const std::int64_t* arguments);
    /// d result / d argument `which`, given the call itself (so that tanh and exp can reuse their value); null where the
    /// derivative is 0 everywhere it exists.
    ExprRef (*derivative)(const ExprRef& call, int which);
};

/// Every scalar function, in the order of the enum.
std::span<const ScalarInfo> scalars();
const ScalarInfo& info(Scalar function);
/// By call name.
std::optional<Scalar> scalar_named(std::string_view name);

}  // namespace ricci::ir
