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
#include "ricci/scalar_functions.h"

namespace ricci::ir {

struct Expr;
using ExprRef = std::shared_ptr<const Expr>;

#define RICCI_SCALAR_WORD(name, meaning) name,
enum class Scalar : std::uint8_t {
    RICCI_SCALAR_FUNCTIONS(RICCI_SCALAR_WORD)  // exp, log, ...: those of one argument that are called by name
    neg, logical_not, add, sub, mul, div, mod, pow, atan2, min, max,
    less, less_equal, greater, greater_equal, equal, not_equal, logical_and, logical_or,
    select,       // select(condition, if_true, if_false)
    random_bits,  // random_bits(key, place, stream): ir/base/philox.h
    bit_and, bit_or, bit_xor, bit_not, shift_left, shift_right,
};
#undef RICCI_SCALAR_WORD

/// A function of one argument that is called by name, by terms, by tensors and as an op of the table.
struct ScalarFunction {
    Scalar function;
    std::string_view name;
    std::string_view meaning;  // "the exponential"
};
std::span<const ScalarFunction> scalar_functions();

/// The largest error, in units of the last place; half a unit is that of the nearest number.
struct Ulps {
    double f32 = 0.5;
    double f64 = 0.5;
};

struct ScalarInfo {
    Scalar function;
    std::string_view name;        // how a call is spelt: "exp", "select"
    std::string_view infix = "";  // "+", "==", ...; "" when only the call form exists
    int precedence = 0;           // of the infix form: higher binds tighter; 0 without one
    std::size_t arity = 1;
    double operations = 1;        // vector instructions that one vector of results takes; a multiply-add is one
    Ulps error{};                 // of machine code
    enum class Types : std::uint8_t {
        same,        // arguments and result of one numeric type
        real,        // the same, and floating point
        comparison,  // arguments of one type, result bool
        logical,     // all bool
        integer,     // all i64
        bits,        // arguments and result of one integer type
        select,      // bool, T, T -> T
    } types = Types::real;
    /// The value of floats in f64; comparisons and logic give 0 or 1.
    double (*value)(const double* arguments);
    /// The value of integers and bools, in 64 bits of two's complement: the low bits are those of a narrower type. Null
    /// where there are only floats.
    std::int64_t (*integer)(const std::int64_t* arguments) = nullptr;
    /// d result / d argument `which`, given the call itself, so that tanh and exp can reuse their value. It gives null
    /// where the derivative is 0 everywhere it exists. Never null itself.
    ExprRef (*derivative)(const ExprRef& call, int which);
    std::string_view source = "";  // paper that the function is from
};

/// Every scalar function, in the order of the enum.
std::span<const ScalarInfo> scalars();
const ScalarInfo& info(Scalar function);
/// By call name.
std::optional<Scalar> scalar_named(std::string_view name);

}  // namespace ricci::ir
