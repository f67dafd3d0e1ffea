// Names, values and derivatives of the scalar functions: one row each.
#include "ir/core/scalar.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>

#include "ir/base/error.h"
#include "ir/core/expr.h"

namespace ricci::ir {
namespace {

using Types = ScalarInfo::Types;

ExprRef number(double value, const ExprRef& like) { return constant(value, like->dtype); }
const ExprRef& arg(const ExprRef& call, int which) { return call->args[static_cast<std::size_t>(which)]; }

/// Both are 0 where the factors are 0 and infinite: at an exponent of 0, where pow is 1 for each base, and at a base of
/// 0, where it is 0 for each exponent above 0.
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

double sigmoid(double x) {
    const double e = std::exp(-std::fabs(x));
    return (x < 0 ? e : 1) / (1 + e);
}

double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

/// In long double: the rounding of x / sqrt(2) counts as often as the square of x.
double normal_cdf(double x) { return static_cast<double>(0.5L * std::erfc(-x / std::numbers::sqrt2_v<long double>)); }

// clang-format off
const std::array<ScalarInfo, 32> kTable = {{
    {Scalar::neg,   "neg",   "-", kNeg, 1, 1, Types::same, [](const double* a) { return -a[0]; }, [](const Int* a) { return wrap(0 - bits(a[0])); },
     [](const ExprRef& y, int) { return number(-1, y); }},
    {Scalar::abs,   "abs",   "", 0, 1, 1, Types::same, [](const double* a) { return std::fabs(a[0]); }, [](const Int* a) { return a[0] < 0 ? wrap(0 - bits(a[0])) : a[0]; },
     [](const ExprRef& y, int) { return call(Scalar::sign, {arg(y, 0)}); }},
    {Scalar::sign,  "sign",  "", 0, 1, 1, Types::same, [](const double* a) { return double((a[0] > 0) - (a[0] < 0)); }, [](const Int* a) { return Int((a[0] > 0) - (a[0] < 0)); }, nullptr},
    {Scalar::floor, "floor", "", 0, 1, 1, Types::real, [](const double* a) { return std::floor(a[0]); }, nullptr, nullptr},
    {Scalar::exp,   "exp",   "", 0, 1, 12, Types::real, [](const double* a) { return std::exp(a[0]); }, nullptr,
     [](const ExprRef& y, int) { return y; }},
    {Scalar::expm1, "expm1", "", 0, 1, 12, Types::real, [](const double* a) { return std::expm1(a[0]); }, nullptr,
     [](const ExprRef& y, int) { return call(Scalar::exp, {arg(y, 0)}); }},
    {Scalar::log,   "log",   "", 0, 1, 12, Types::real, [](const double* a) { return std::log(a[0]); }, nullptr,
     [](const ExprRef& y, int) { return number(1, y) / arg(y, 0); }},
    {Scalar::log1p, "log1p", "", 0, 1, 12, Types::real, [](const double* a) { return std::log1p(a[0]); }, nullptr,
     [](const ExprRef& y, int) { return number(1, y) / (number(1, y) + arg(y, 0)); }},
    {Scalar::tanh,  "tanh",  "", 0, 1, 20, Types::real, [](const double* a) { return std::tanh(a[0]); }, nullptr,
     [](const ExprRef& y, int) { return number(1, y) - y * y; }},
    // 1 - y would lose the digits of a large x.
    {Scalar::sigmoid, "sigmoid", "", 0, 1, 20, Types::real, [](const double* a) { return sigmoid(a[0]); }, nullptr,
     [](const ExprRef& y, int) { return y * call(Scalar::sigmoid, {-arg(y, 0)}); }},
    {Scalar::softplus, "softplus", "", 0, 1, 20, Types::real, [](const double* a) { return softplus(a[0]); }, nullptr,
     [](const ExprRef& y, int) { return call(Scalar::sigmoid, {arg(y, 0)}); }},
    {Scalar::sqrt,  "sqrt",  "", 0, 1, 6, Types::real, [](const double* a) { return std::sqrt(a[0]); }, nullptr,
     [](const ExprRef& y, int) { return number(0.5, y) / y; }},
    {Scalar::erf,   "erf",   "", 0, 1, 20, Types::real, [](const double* a) { return std::erf(a[0]); }, nullptr,
     [](const ExprRef& y, int) {
         const ExprRef& x = arg(y, 0);
         return number(2 / std::sqrt(std::numbers::pi), y) * call(Scalar::exp, {-(x * x)});
     }},
    {Scalar::normal_cdf, "normal_cdf", "", 0, 1, 20, Types::real, [](const double* a) { return normal_cdf(a[0]); }, nullptr,
     [](const ExprRef& y, int) {
         const ExprRef& x = arg(y, 0);
         return number(1 / std::sqrt(2 * std::numbers::pi), y) * call(Scalar::exp, {number(-0.5, y) * (x * x)});
     }},
    {Scalar::logical_not, "not", "", 0, 1, 1, Types::logical, [](const double* a) { return double(a[0] == 0); }, [](const Int* a) { return Int(a[0] == 0); }, nullptr},
    {Scalar::stop,  "stop_gradient", "", 0, 1, 1, Types::same, [](const double* a) { return a[0]; }, [](const Int* a) { return a[0]; }, nullptr},
    {Scalar::add,   "add",   "+", kAdd, 2, 1, Types::same, [](const double* a) { return a[0] + a[1]; }, [](const Int* a) { return wrap(bits(a[0]) + bits(a[1])); },
     [](const ExprRef& y, int) { return number(1, y); }},
    {Scalar::sub,   "sub",   "-", kAdd, 2, 1, Types::same, [](const double* a) { return a[0] - a[1]; }, [](const Int* a) { return wrap(bits(a[0]) - bits(a[1])); },
     [](const ExprRef& y, int which) { return number(which == 0 ? 1 : -1, y); }},
    {Scalar::mul,   "mul",   "*", kMul, 2, 1, Types::same, [](const double* a) { return a[0] * a[1]; }, [](const Int* a) { return wrap(bits(a[0]) * bits(a[1])); },
     [](const ExprRef& y, int which) { return arg(y, 1 - which); }},
    {Scalar::div,   "div",   "/", kMul, 2, 6, Types::same, [](const double* a) { return a[0] / a[1]; }, [](const Int* a) { return quotient(a[0], a[1]); },
     [](const ExprRef& y, int which) {
         return which == 0 ? number(1, y) / arg(y, 1) : -(y / arg(y, 1));
     }},
    {Scalar::pow,   "pow",   "", 0, 2, 30, Types::real, [](const double* a) { return std::pow(a[0], a[1]); }, nullptr, d_pow},
    {Scalar::min,   "min",   "", 0, 2, 1, Types::same, [](const double* a) { return a[0] < a[1] || a[0] != a[0] ? a[0] : a[1]; }, [](const Int* a) { return a[0] < a[1] ? a[0] : a[1]; },
     [](const ExprRef& y, int which) { return d_extremum(y, which, Scalar::less); }},
    {Scalar::max,   "max",   "", 0, 2, 1, Types::same, [](const double* a) { return a[0] > a[1] || a[0] != a[0] ? a[0] : a[1]; }, [](const Int* a) { return a[0] > a[1] ? a[0] : a[1]; },
     [](const ExprRef& y, int which) { return d_extremum(y, which, Scalar::greater); }},
    {Scalar::less,          "less",          "<",  kCompare, 2, 1, Types::comparison, [](const double* a) { return double(a[0] < a[1]); }, [](const Int* a) { return Int(a[0] < a[1]); }, nullptr},
    {Scalar::less_equal,    "less_equal",    "<=", kCompare, 2, 1, Types::comparison, [](const double* a) { return double(a[0] <= a[1]); }, [](const Int* a) { return Int(a[0] <= a[1]); }, nullptr},
    {Scalar::greater,       "greater",       ">",  kCompare, 2, 1, Types::comparison, [](const double* a) { return double(a[0] > a[1]); }, [](const Int* a) { return Int(a[0] > a[1]); }, nullptr},
    {Scalar::greater_equal, "greater_equal", ">=", kCompare, 2, 1, Types::comparison, [](const double* a) { return double(a[0] >= a[1]); }, [](const Int* a) { return Int(a[0] >= a[1]); }, nullptr},
    {Scalar::equal,         "equal",         "==", kCompare, 2, 1, Types::comparison, [](const double* a) { return double(a[0] == a[1]); }, [](const Int* a) { return Int(a[0] == a[1]); }, nullptr},
    {Scalar::not_equal,     "not_equal",     "!=", kCompare, 2, 1, Types::comparison, [](const double* a) { return double(a[0] != a[1]); }, [](const Int* a) { return Int(a[0] != a[1]); }, nullptr},
    {Scalar::logical_and, "and", "&&", kAnd, 2, 1, Types::logical, [](const double* a) { return double(a[0] != 0 && a[1] != 0); }, [](const Int* a) { return Int(a[0] != 0 && a[1] != 0); }, nullptr},
    {Scalar::logical_or,  "or",  "||", kOr,  2, 1, Types::logical, [](const double* a) { return double(a[0] != 0 || a[1] != 0); }, [](const Int* a) { return Int(a[0] != 0 || a[1] != 0); }, nullptr},
    {Scalar::select, "select", "", 0, 3, 1, Types::select, [](const double* a) { return a[0] != 0 ? a[1] : a[2]; }, [](const Int* a) { return a[0] != 0 ? a[1] : a[2]; }, d_select},
}};
// clang-format on

}  // namespace

std::span<const ScalarInfo> scalars() { return kTable; }

const ScalarInfo& info(Scalar function) { return kTable[static_cast<std::size_t>(function)]; }

std::optional<Scalar> scalar_named(std::string_view name) {
    for (const ScalarInfo& row : kTable) {
        if (row.name == name) return row.function;
    }
    return std::nullopt;
}

}  // namespace ricci::ir
