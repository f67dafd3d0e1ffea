// Names, values and derivatives of the scalar functions: one row each.
#include "ir/scalar.h"

#include <array>
#include <cmath>
#include <numbers>

#include "ir/base/error.h"
#include "ir/expr.h"

namespace ricci::ir {
namespace {

using Types = ScalarInfo::Types;

ExprRef number(double value, const ExprRef& like) { return constant(value, like->dtype); }
const ExprRef& arg(const ExprRef& call, int which) { return call->args[static_cast<std::size_t>(which)]; }

ExprRef d_pow(const ExprRef& y, int which) {
    const ExprRef& base = arg(y, 0);
    const ExprRef& exponent = arg(y, 1);
    if (which == 0) return exponent * call(Scalar::pow, {base, exponent - number(1, exponent)});
    return y * call(Scalar::log, {base});
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

// clang-format off
const std::array<ScalarInfo, 27> kTable = {{
    {Scalar::neg,   "neg",   "-", kNeg, 1, Types::same, [](const double* a) { return -a[0]; },
     [](const ExprRef& y, int) { return number(-1, y); }},
    {Scalar::abs,   "abs",   "", 0, 1, Types::same, [](const double* a) { return std::fabs(a[0]); },
     [](const ExprRef& y, int) { return call(Scalar::sign, {arg(y, 0)}); }},
    {Scalar::sign,  "sign",  "", 0, 1, Types::same, [](const double* a) { return double((a[0] > 0) - (a[0] < 0)); }, nullptr},
    {Scalar::floor, "floor", "", 0, 1, Types::real, [](const double* a) { return std::floor(a[0]); }, nullptr},
    {Scalar::exp,   "exp",   "", 0, 1, Types::real, [](const double* a) { return std::exp(a[0]); },
     [](const ExprRef& y, int) { return y; }},
    {Scalar::log,   "log",   "", 0, 1, Types::real, [](const double* a) { return std::log(a[0]); },
     [](const ExprRef& y, int) { return number(1, y) / arg(y, 0); }},
    {Scalar::tanh,  "tanh",  "", 0, 1, Types::real, [](const double* a) { return std::tanh(a[0]); },
     [](const ExprRef& y, int) { return number(1, y) - y * y; }},
    {Scalar::sqrt,  "sqrt",  "", 0, 1, Types::real, [](const double* a) { return std::sqrt(a[0]); },
     [](const ExprRef& y, int) { return number(0.5, y) / y; }},
    {Scalar::erf,   "erf",   "", 0, 1, Types::real, [](const double* a) { return std::erf(a[0]); },
     [](const ExprRef& y, int) {
         const ExprRef& x = arg(y, 0);
         return number(2 / std::sqrt(std::numbers::pi), y) * call(Scalar::exp, {-(x * x)});
     }},
    {Scalar::logical_not, "not", "", 0, 1, Types::logical, [](const double* a) { return double(a[0] == 0); }, nullptr},
    {Scalar::stop,  "stop_gradient", "", 0, 1, Types::same, [](const double* a) { return a[0]; }, nullptr},
    {Scalar::add,   "add",   "+", kAdd, 2, Types::same, [](const double* a) { return a[0] + a[1]; },
     [](const ExprRef& y, int) { return number(1, y); }},
    {Scalar::sub,   "sub",   "-", kAdd, 2, Types::same, [](const double* a) { return a[0] - a[1]; },
     [](const ExprRef& y, int which) { return number(which == 0 ? 1 : -1, y); }},
    {Scalar::mul,   "mul",   "*", kMul, 2, Types::same, [](const double* a) { return a[0] * a[1]; },
     [](const ExprRef& y, int which) { return arg(y, 1 - which); }},
    {Scalar::div,   "div",   "/", kMul, 2, Types::same, [](const double* a) { return a[0] / a[1]; },
     [](const ExprRef& y, int which) {
         return which == 0 ? number(1, y) / arg(y, 1) : -(y / arg(y, 1));
     }},
    {Scalar::pow,   "pow",   "", 0, 2, Types::real, [](const double* a) { return std::pow(a[0], a[1]); }, d_pow},
    {Scalar::min,   "min",   "", 0, 2, Types::same, [](const double* a) { return a[0] < a[1] || a[0] != a[0] ? a[0] : a[1]; },
     [](const ExprRef& y, int which) { return d_extremum(y, which, Scalar::less); }},
    {Scalar::max,   "max",   "", 0, 2, Types::same, [](const double* a) { return a[0] > a[1] || a[0] != a[0] ? a[0] : a[1]; },
     [](const ExprRef& y, int which) { return d_extremum(y, which, Scalar::greater); }},
    {Scalar::less,          "less",          "<",  kCompare, 2, Types::comparison, [](const double* a) { return double(a[0] < a[1]); }, nullptr},
    {Scalar::less_equal,    "less_equal",    "<=", kCompare, 2, Types::comparison, [](const double* a) { return double(a[0] <= a[1]); }, nullptr},
    {Scalar::greater,       "greater",       ">",  kCompare, 2, Types::comparison, [](const double* a) { return double(a[0] > a[1]); }, nullptr},
    {Scalar::greater_equal, "greater_equal", ">=", kCompare, 2, Types::comparison, [](const double* a) { return double(a[0] >= a[1]); }, nullptr},
    {Scalar::equal,         "equal",         "==", kCompare, 2, Types::comparison, [](const double* a) { return double(a[0] == a[1]); }, nullptr},
    {Scalar::not_equal,     "not_equal",     "!=", kCompare, 2, Types::comparison, [](const double* a) { return double(a[0] != a[1]); }, nullptr},
    {Scalar::logical_and, "and", "&&", kAnd, 2, Types::logical, [](const double* a) { return double(a[0] != 0 && a[1] != 0); }, nullptr},
    {Scalar::logical_or,  "or",  "||", kOr,  2, Types::logical, [](const double* a) { return double(a[0] != 0 || a[1] != 0); }, nullptr},
    {Scalar::select, "select", "", 0, 3, Types::select, [](const double* a) { return a[0] != 0 ? a[1] : a[2]; }, d_select},
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
