// Names, values and derivatives of the scalar functions, one row each, and their calls.
#include "ir/core/scalar.h"

#include <cmath>
#include <cstdint>
#include <iterator>
#include <numbers>
#include <utility>

#include "ir/base/error.h"
#include "ir/core/expr.h"
#include "ir/base/philox.h"

namespace ricci::ir {
namespace {

using Types = ScalarInfo::Types;

ExprRef number(double value, const ExprRef& like) { return constant(value, like->dtype); }
const ExprRef& arg(const ExprRef& call, std::size_t which) { return call->args[which]; }

/// Both are 0 where the factors are 0 and infinite. At an exponent of 0, pow is 1 for each base. At a base of 0, it is
/// 0 for each exponent above 0.
ExprRef d_pow(const ExprRef& y, int which) {
    const ExprRef& base = arg(y, 0);
    const ExprRef& exponent = arg(y, 1);
    const ExprRef zero = number(0, y);
    if (which == 0) {
        const bool known = exponent->form == Expr::Form::constant;
        if (known && is_constant(exponent, 0)) return zero;
        ExprRef lower = known ? number(exponent->number.real() - 1, y) : exponent - number(1, y);
        ExprRef slope = exponent * call(Scalar::pow, {base, std::move(lower)});
        return known ? slope : call(Scalar::select, {call(Scalar::equal, {exponent, zero}), zero, slope});
    }
    ExprRef flat = call(Scalar::logical_and,
                        {call(Scalar::equal, {base, zero}), call(Scalar::greater_equal, {exponent, zero})});
    return call(Scalar::select, {std::move(flat), zero, y * call(Scalar::log, {base})});
}

// Where both arguments of min or max are equal, the second one gets the whole derivative: max(x, 0) is flat at 0. It asks
// y > second rather than first > second, which is the same: the gradient of relu needs the result and not the operand.
ExprRef d_extremum(const ExprRef& y, int which, Scalar first_wins) {
    ExprRef first = call(first_wins, {y, arg(y, 1)});
    ExprRef one = number(1, y);
    ExprRef zero = number(0, y);
    return which == 0 ? call(Scalar::select, {first, one, zero}) : call(Scalar::select, {first, zero, one});
}

ExprRef d_select(const ExprRef& y, int which) {
    if (which == 0) return nullptr;
    ExprRef one = number(1, y);
    ExprRef zero = number(0, y);
    return call(Scalar::select, {arg(y, 0), which == 1 ? one : zero, which == 1 ? zero : one});
}

/// The derivative is 0 everywhere it exists.
ExprRef flat(const ExprRef&, int) { return nullptr; }

constexpr int kOr = 1, kAnd = 2, kCompare = 3, kAdd = 4, kMul = 5, kNeg = 6;

// Integers wrap: unsigned arithmetic does, and the conversions keep the bits.
using Int = std::int64_t;
constexpr std::uint64_t bits(Int value) { return static_cast<std::uint64_t>(value); }
constexpr Int wrap(std::uint64_t value) { return static_cast<Int>(value); }

/// Truncates towards 0; nothing by 0 is 0; the lowest by -1 wraps.
Int quotient(Int a, Int b) {
    if (b == 0) return 0;
    return b == -1 ? wrap(0 - bits(a)) : a / b;
}

/// By 0 it is a, so that a is always a / b * b plus this.
Int remainder(Int a, Int b) {
    if (b == 0) return a;
    return b == -1 ? 0 : a % b;
}

/// The low bits are those of a narrower type too. By less than 0 places or by all of them, nothing is left.
Int shifted_left(Int a, Int places) { return places < 0 || places >= 64 ? 0 : wrap(bits(a) << places); }

/// The sign fills what becomes free.
Int shifted_right(Int a, Int places) { return a >> (places < 0 || places >= 64 ? 63 : places); }

/// The number of times that the second argument was taken away, from the rest: the quotient itself may round up.
ExprRef d_mod(const ExprRef& y, int which) {
    if (which == 0) return number(1, y);
    return -call(Scalar::round, {(arg(y, 0) - y) / arg(y, 1)});
}

/// Both coordinates over the larger one: their squares neither overflow nor underflow together.
ExprRef d_atan2(const ExprRef& y, int which) {
    const ExprRef larger = call(Scalar::max, {call(Scalar::abs, {arg(y, 0)}), call(Scalar::abs, {arg(y, 1)})});
    const ExprRef height = arg(y, 0) / larger;
    const ExprRef width = arg(y, 1) / larger;
    const ExprRef square = height * height + width * width;
    return (which == 0 ? width : -height) / square / larger;
}

double sigmoid(double x) {
    const double e = std::exp(-std::fabs(x));
    return (x < 0 ? e : 1) / (1 + e);
}

double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

/// In long double: the rounding of x / sqrt(2) counts as often as the square of x.
double normal_cdf(double x) { return static_cast<double>(0.5L * std::erfc(-x / std::numbers::sqrt2_v<long double>)); }

// clang-format off
constexpr ScalarInfo kTable[] = {
    {.function = Scalar::abs, .name = "abs", .types = Types::same,
     .value = [](const double* a) { return std::fabs(a[0]); },
     .integer = [](const Int* a) { return a[0] < 0 ? wrap(0 - bits(a[0])) : a[0]; },
     .derivative = [](const ExprRef& y, int) { return call(Scalar::sign, {arg(y, 0)}); }},
    {.function = Scalar::sign, .name = "sign", .types = Types::same,
     .value = [](const double* a) { return double((a[0] > 0) - (a[0] < 0)); },
     .integer = [](const Int* a) { return Int((a[0] > 0) - (a[0] < 0)); },
     .derivative = flat},
    {.function = Scalar::floor, .name = "floor",
     .value = [](const double* a) { return std::floor(a[0]); },
     .derivative = flat},
    {.function = Scalar::ceil, .name = "ceil",
     .value = [](const double* a) { return std::ceil(a[0]); },
     .derivative = flat},
    {.function = Scalar::trunc, .name = "trunc",
     .value = [](const double* a) { return std::trunc(a[0]); },
     .derivative = flat},
    {.function = Scalar::round, .name = "round",
     .value = [](const double* a) { return std::nearbyint(a[0]); },
     .derivative = flat},
    // A conversion, so its derivative is that of the value which it stands for.
    {.function = Scalar::round_bf16, .name = "round_bf16", .operations = 5,
     .value = [](const double* a) { return round_to_bf16(a[0]); },
     .derivative = [](const ExprRef& y, int) { return number(1, y); }},
    {.function = Scalar::sin, .name = "sin", .operations = 80, .error = {1, 1},
     .value = [](const double* a) { return std::sin(a[0]); },
     .derivative = [](const ExprRef& y, int) { return call(Scalar::cos, {arg(y, 0)}); }},
    {.function = Scalar::cos, .name = "cos", .operations = 80, .error = {1, 1},
     .value = [](const double* a) { return std::cos(a[0]); },
     .derivative = [](const ExprRef& y, int) { return -call(Scalar::sin, {arg(y, 0)}); }},
    {.function = Scalar::exp, .name = "exp", .operations = 12, .error = {2, 2},
     .value = [](const double* a) { return std::exp(a[0]); },
     .derivative = [](const ExprRef& y, int) { return y; }},
    {.function = Scalar::expm1, .name = "expm1", .operations = 12, .error = {3, 3},
     .value = [](const double* a) { return std::expm1(a[0]); },
     .derivative = [](const ExprRef& y, int) { return call(Scalar::exp, {arg(y, 0)}); }},
    {.function = Scalar::log, .name = "log", .operations = 12, .error = {2, 2},
     .value = [](const double* a) { return std::log(a[0]); },
     .derivative = [](const ExprRef& y, int) { return number(1, y) / arg(y, 0); }},
    {.function = Scalar::log1p, .name = "log1p", .operations = 12, .error = {3, 3},
     .value = [](const double* a) { return std::log1p(a[0]); },
     .derivative = [](const ExprRef& y, int) { return number(1, y) / (number(1, y) + arg(y, 0)); }},
    {.function = Scalar::tanh, .name = "tanh", .operations = 20, .error = {3, 3},
     .value = [](const double* a) { return std::tanh(a[0]); },
     .derivative = [](const ExprRef& y, int) { return number(1, y) - y * y; }},
    // 1 - y would lose the digits of a large x.
    {.function = Scalar::sigmoid, .name = "sigmoid", .operations = 20, .error = {3, 3},
     .value = [](const double* a) { return sigmoid(a[0]); },
     .derivative = [](const ExprRef& y, int) { return y * call(Scalar::sigmoid, {-arg(y, 0)}); }},
    {.function = Scalar::softplus, .name = "softplus", .operations = 20, .error = {3, 3},
     .value = [](const double* a) { return softplus(a[0]); },
     .derivative = [](const ExprRef& y, int) { return call(Scalar::sigmoid, {arg(y, 0)}); },
     .source = "Dugas et al. 2001"},
    {.function = Scalar::sqrt, .name = "sqrt", .operations = 6,
     .value = [](const double* a) { return std::sqrt(a[0]); },
     .derivative = [](const ExprRef& y, int) { return number(0.5, y) / y; }},
    {.function = Scalar::erf, .name = "erf", .operations = 20, .error = {4, 4},
     .value = [](const double* a) { return std::erf(a[0]); },
     .derivative = [](const ExprRef& y, int) {
         const ExprRef& x = arg(y, 0);
         return number(2 / std::sqrt(std::numbers::pi), y) * call(Scalar::exp, {-(x * x)});
     }},
    {.function = Scalar::normal_cdf, .name = "normal_cdf", .operations = 20, .error = {5, 5},
     .value = [](const double* a) { return normal_cdf(a[0]); },
     .derivative = [](const ExprRef& y, int) {
         const ExprRef& x = arg(y, 0);
         return number(1 / std::sqrt(2 * std::numbers::pi), y) * call(Scalar::exp, {number(-0.5, y) * (x * x)});
     }},
    {.function = Scalar::stop_gradient, .name = "stop_gradient", .types = Types::same,
     .value = [](const double* a) { return a[0]; },
     .integer = [](const Int* a) { return a[0]; },
     .derivative = flat},
    {.function = Scalar::neg, .name = "neg", .infix = "-", .precedence = kNeg, .types = Types::same,
     .value = [](const double* a) { return -a[0]; },
     .integer = [](const Int* a) { return wrap(0 - bits(a[0])); },
     .derivative = [](const ExprRef& y, int) { return number(-1, y); }},
    {.function = Scalar::logical_not, .name = "not", .types = Types::logical,
     .value = [](const double* a) { return double(a[0] == 0); },
     .integer = [](const Int* a) { return Int(a[0] == 0); },
     .derivative = flat},
    {.function = Scalar::add, .name = "add", .infix = "+", .precedence = kAdd, .arity = 2, .types = Types::same,
     .value = [](const double* a) { return a[0] + a[1]; },
     .integer = [](const Int* a) { return wrap(bits(a[0]) + bits(a[1])); },
     .derivative = [](const ExprRef& y, int) { return number(1, y); }},
    {.function = Scalar::sub, .name = "sub", .infix = "-", .precedence = kAdd, .arity = 2, .types = Types::same,
     .value = [](const double* a) { return a[0] - a[1]; },
     .integer = [](const Int* a) { return wrap(bits(a[0]) - bits(a[1])); },
     .derivative = [](const ExprRef& y, int which) { return number(which == 0 ? 1 : -1, y); }},
    {.function = Scalar::mul, .name = "mul", .infix = "*", .precedence = kMul, .arity = 2, .types = Types::same,
     .value = [](const double* a) { return a[0] * a[1]; },
     .integer = [](const Int* a) { return wrap(bits(a[0]) * bits(a[1])); },
     .derivative = [](const ExprRef& y, int which) { return arg(y, 1 - which); }},
    {.function = Scalar::div, .name = "div", .infix = "/", .precedence = kMul, .arity = 2, .operations = 6, .types = Types::same,
     .value = [](const double* a) { return a[0] / a[1]; },
     .integer = [](const Int* a) { return quotient(a[0], a[1]); },
     .derivative = [](const ExprRef& y, int which) {
         return which == 0 ? number(1, y) / arg(y, 1) : -(y / arg(y, 1));
     }},
    {.function = Scalar::mod, .name = "mod", .arity = 2, .operations = 60, .types = Types::same,
     .value = [](const double* a) { return std::fmod(a[0], a[1]); },
     .integer = [](const Int* a) { return remainder(a[0], a[1]); },
     .derivative = d_mod},
    {.function = Scalar::pow, .name = "pow", .arity = 2, .operations = 30, .error = {1, 2},
     .value = [](const double* a) { return std::pow(a[0], a[1]); },
     .derivative = d_pow},
    {.function = Scalar::atan2, .name = "atan2", .arity = 2, .operations = 60, .error = {1, 3},
     .value = [](const double* a) { return std::atan2(a[0], a[1]); },
     .derivative = d_atan2},
    {.function = Scalar::min, .name = "min", .arity = 2, .types = Types::same,
     .value = [](const double* a) { return a[0] < a[1] || a[0] != a[0] ? a[0] : a[1]; },
     .integer = [](const Int* a) { return a[0] < a[1] ? a[0] : a[1]; },
     .derivative = [](const ExprRef& y, int which) { return d_extremum(y, which, Scalar::less); }},
    {.function = Scalar::max, .name = "max", .arity = 2, .types = Types::same,
     .value = [](const double* a) { return a[0] > a[1] || a[0] != a[0] ? a[0] : a[1]; },
     .integer = [](const Int* a) { return a[0] > a[1] ? a[0] : a[1]; },
     .derivative = [](const ExprRef& y, int which) { return d_extremum(y, which, Scalar::greater); }},
    {.function = Scalar::less, .name = "less", .infix = "<", .precedence = kCompare, .arity = 2, .types = Types::comparison,
     .value = [](const double* a) { return double(a[0] < a[1]); },
     .integer = [](const Int* a) { return Int(a[0] < a[1]); },
     .derivative = flat},
    {.function = Scalar::less_equal, .name = "less_equal", .infix = "<=", .precedence = kCompare, .arity = 2, .types = Types::comparison,
     .value = [](const double* a) { return double(a[0] <= a[1]); },
     .integer = [](const Int* a) { return Int(a[0] <= a[1]); },
     .derivative = flat},
    {.function = Scalar::greater, .name = "greater", .infix = ">", .precedence = kCompare, .arity = 2, .types = Types::comparison,
     .value = [](const double* a) { return double(a[0] > a[1]); },
     .integer = [](const Int* a) { return Int(a[0] > a[1]); },
     .derivative = flat},
    {.function = Scalar::greater_equal, .name = "greater_equal", .infix = ">=", .precedence = kCompare, .arity = 2, .types = Types::comparison,
     .value = [](const double* a) { return double(a[0] >= a[1]); },
     .integer = [](const Int* a) { return Int(a[0] >= a[1]); },
     .derivative = flat},
    {.function = Scalar::equal, .name = "equal", .infix = "==", .precedence = kCompare, .arity = 2, .types = Types::comparison,
     .value = [](const double* a) { return double(a[0] == a[1]); },
     .integer = [](const Int* a) { return Int(a[0] == a[1]); },
     .derivative = flat},
    {.function = Scalar::not_equal, .name = "not_equal", .infix = "!=", .precedence = kCompare, .arity = 2, .types = Types::comparison,
     .value = [](const double* a) { return double(a[0] != a[1]); },
     .integer = [](const Int* a) { return Int(a[0] != a[1]); },
     .derivative = flat},
    {.function = Scalar::logical_and, .name = "and", .infix = "&&", .precedence = kAnd, .arity = 2, .types = Types::logical,
     .value = [](const double* a) { return double(a[0] != 0 && a[1] != 0); },
     .integer = [](const Int* a) { return Int(a[0] != 0 && a[1] != 0); },
     .derivative = flat},
    {.function = Scalar::logical_or, .name = "or", .infix = "||", .precedence = kOr, .arity = 2, .types = Types::logical,
     .value = [](const double* a) { return double(a[0] != 0 || a[1] != 0); },
     .integer = [](const Int* a) { return Int(a[0] != 0 || a[1] != 0); },
     .derivative = flat},
    {.function = Scalar::select, .name = "select", .arity = 3, .types = Types::select,
     .value = [](const double* a) { return a[0] != 0 ? a[1] : a[2]; },
     .integer = [](const Int* a) { return a[0] != 0 ? a[1] : a[2]; },
     .derivative = d_select},
    {.function = Scalar::random_bits, .name = "random_bits", .arity = 3, .operations = 120, .types = Types::integer,
     .value = [](const double* a) { return double(random_bits(Int(a[0]), Int(a[1]), Int(a[2]))); },
     .integer = [](const Int* a) { return random_bits(a[0], a[1], a[2]); },
     .derivative = flat, .source = "Salmon, Moraes, Dror and Shaw 2011, section 3.3: Philox 4x32-10"},
    {.function = Scalar::bit_and, .name = "bit_and", .arity = 2, .types = Types::bits,
     .value = [](const double* a) { return double(Int(a[0]) & Int(a[1])); },
     .integer = [](const Int* a) { return a[0] & a[1]; },
     .derivative = flat},
    {.function = Scalar::bit_or, .name = "bit_or", .arity = 2, .types = Types::bits,
     .value = [](const double* a) { return double(Int(a[0]) | Int(a[1])); },
     .integer = [](const Int* a) { return a[0] | a[1]; },
     .derivative = flat},
    {.function = Scalar::bit_xor, .name = "bit_xor", .arity = 2, .types = Types::bits,
     .value = [](const double* a) { return double(Int(a[0]) ^ Int(a[1])); },
     .integer = [](const Int* a) { return a[0] ^ a[1]; },
     .derivative = flat},
    {.function = Scalar::bit_not, .name = "bit_not", .types = Types::bits,
     .value = [](const double* a) { return double(~Int(a[0])); },
     .integer = [](const Int* a) { return ~a[0]; },
     .derivative = flat},
    {.function = Scalar::shift_left, .name = "shift_left", .arity = 2, .operations = 3, .types = Types::bits,
     .value = [](const double* a) { return double(shifted_left(Int(a[0]), Int(a[1]))); },
     .integer = [](const Int* a) { return shifted_left(a[0], a[1]); },
     .derivative = flat},
    {.function = Scalar::shift_right, .name = "shift_right", .arity = 2, .operations = 3, .types = Types::bits,
     .value = [](const double* a) { return double(shifted_right(Int(a[0]), Int(a[1]))); },
     .integer = [](const Int* a) { return shifted_right(a[0], a[1]); },
     .derivative = flat},
};
// clang-format on

constexpr bool in_order() {
    for (std::size_t i = 0; i < std::size(kTable); ++i) {
        if (kTable[i].function != static_cast<Scalar>(i)) return false;
    }
    return kTable[std::size(kTable) - 1].function == Scalar::shift_right;
}
static_assert(in_order(), "one row for each word of Scalar, in the order of the enum");

#define RICCI_SCALAR_ROW(name, meaning) {Scalar::name, #name, meaning},
constexpr ScalarFunction kFunctions[] = {RICCI_SCALAR_FUNCTIONS(RICCI_SCALAR_ROW)};
#undef RICCI_SCALAR_ROW

DType result_type(const ScalarInfo& f, const std::vector<ExprRef>& args) {
    RICCI_CHECK(args.size() == f.arity, "{} takes {} arguments, got {}", f.name, f.arity, args.size());
    std::size_t first = f.types == Types::select ? 1 : 0;
    for (std::size_t i = first; i < args.size(); ++i) {
        RICCI_CHECK(args[i]->dtype == args[first]->dtype, "{}: argument {} is {}, argument {} is {}", f.name, first,
                    name_of(args[first]->dtype), i, name_of(args[i]->dtype));
    }
    DType dtype = args[first]->dtype;
    switch (f.types) {
        case Types::same:
            RICCI_CHECK(dtype != boolean, "{} of bool", f.name);
            return dtype;
        case Types::real:
            RICCI_CHECK(is_float(dtype), "{} of {}", f.name, name_of(dtype));
            return dtype;
        case Types::comparison:
            return boolean;
        case Types::integer:
            RICCI_CHECK(dtype == i64, "{} of {}", f.name, name_of(dtype));
            return dtype;
        case Types::bits:
            RICCI_CHECK(is_integer(dtype), "{} of {}", f.name, name_of(dtype));
            return dtype;
        case Types::logical:
            RICCI_CHECK(dtype == boolean, "{} of {}", f.name, name_of(dtype));
            return boolean;
        case Types::select:
            RICCI_CHECK(args[0]->dtype == boolean, "select on {}", name_of(args[0]->dtype));
            return dtype;
    }
    return dtype;
}

}  // namespace

std::span<const ScalarInfo> scalars() { return kTable; }

std::span<const ScalarFunction> scalar_functions() { return kFunctions; }

const ScalarInfo& info(Scalar function) { return kTable[std::to_underlying(function)]; }

std::optional<Scalar> scalar_named(std::string_view name) {
    for (const ScalarInfo& row : kTable) {
        if (row.name == name) return row.function;
    }
    return std::nullopt;
}

ExprRef call(Scalar function, std::vector<ExprRef> args) {
    DType dtype = result_type(info(function), args);
    return std::make_shared<const Expr>(
        Expr{.form = Expr::Form::call, .dtype = dtype, .function = function, .args = std::move(args)});
}

ExprRef cast(ExprRef operand, DType dtype) {
    if (dtype == bf16) return call(Scalar::round_bf16, {cast(std::move(operand), computed(dtype))});
    if (operand->dtype == dtype) return operand;
    return std::make_shared<const Expr>(Expr{.form = Expr::Form::cast, .dtype = dtype, .args = {std::move(operand)}});
}

ExprRef operator+(ExprRef a, ExprRef b) {
    return call(Scalar::add, {std::move(a), std::move(b)});
}
ExprRef operator-(ExprRef a, ExprRef b) {
    return call(Scalar::sub, {std::move(a), std::move(b)});
}
ExprRef operator*(ExprRef a, ExprRef b) {
    return call(Scalar::mul, {std::move(a), std::move(b)});
}
ExprRef operator/(ExprRef a, ExprRef b) {
    return call(Scalar::div, {std::move(a), std::move(b)});
}
ExprRef operator-(ExprRef a) {
    return call(Scalar::neg, {std::move(a)});
}

}  // namespace ricci::ir
