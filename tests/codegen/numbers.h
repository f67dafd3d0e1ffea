/// \file tests/codegen/numbers.h
/// Numbers at the bounds of each element type, and what scalar functions make of them, written down once more here.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "ir/base/dtype.h"

namespace ricci::testing {

/// The bounds of a type and numbers at which others end: the lowest, -1, 0, -0, 1, the highest, inf, nan, subnormal ones.
template <typename T>
std::vector<T> bounds() {
    using Limits = std::numeric_limits<T>;
    if constexpr (std::is_same_v<T, bool>) {
        return {false, true};
    } else if constexpr (std::is_integral_v<T>) {
        std::vector<T> all = {Limits::min(), Limits::min() + 1, -65537, -2, -1, 0, 1, 2, 3, 31, 32, 46341, Limits::max() - 1,
                              Limits::max()};
        if constexpr (sizeof(T) == 8) all.insert(all.end(), {63, 64, 9007199254740993, -9007199254740993, 4294967297, 3037000500});
        return all;
    } else {
        const T inf = Limits::infinity();
        return {T(0),         -T(0),          T(1),       T(-1),      T(0.5),    T(-1.5),   T(2),     T(3),
                inf,          -inf,           Limits::quiet_NaN(),    Limits::max(),         Limits::lowest(),
                Limits::min(), Limits::denorm_min(), -Limits::denorm_min(),     T(1e-30),  T(-20),   T(20),
                T(-100),      T(88.5),        T(3e9),     T(-3e9),    T(2147483648.0),      T(-2147483649.0),
                T(9223372036854775808.0),    T(-9223372036854775808.0),  T(1e-8), T(0.999999999999)};
    }
}

/// The number as the text spells it.
template <typename T>
std::string spelt(T value) {
    if constexpr (std::is_same_v<T, bool>) {
        return value ? "true" : "false";
    } else if constexpr (std::is_integral_v<T>) {
        return std::to_string(value);
    } else {
        return std::isnan(value) ? "nan" : fmt::format("{}", static_cast<double>(value));
    }
}

/// What a function gives, and how far from it a result may be.
template <typename R>
struct Exact {
    R value{};
    double ulps = 0;           // of a function that rounds more than once
    bool either_zero = false;  // of two zeros of different sign either may come out
};

__extension__ using Wide = __int128;  // holds every product of two i64

/// Modulo 2^bits.
template <typename T>
T wrapped(Wide value) {
    return static_cast<T>(static_cast<std::make_unsigned_t<T>>(value));
}

/// By the rule of casts.
template <typename To, typename From>
To converted(From from) {
    if constexpr (std::is_same_v<To, bool>) {
        return from != From(0);
    } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
        using Limits = std::numeric_limits<To>;
        if (std::isnan(from)) return 0;
        const long double whole = std::trunc(static_cast<long double>(from));
        if (whole < static_cast<long double>(Limits::min())) return Limits::min();
        if (whole > static_cast<long double>(Limits::max())) return Limits::max();
        return static_cast<To>(whole);
    } else if constexpr (std::is_integral_v<To>) {
        return wrapped<To>(from);
    } else {
        return static_cast<To>(from);
    }
}

/// Bit by bit, from the lowest on; a shift by one place at a time.
template <typename T>
T of_bits(const std::string& function, T a, T b) {
    constexpr int kBits = 8 * sizeof(T);
    const auto bit = [](T value, int place) { return (static_cast<Wide>(value) >> place) % 2 != 0; };
    if (function == "shift_right") {
        if (b < 0 || b >= kBits) return a < 0 ? T(-1) : T(0);
        for (T i = 0; i < b; ++i) a = static_cast<T>(a / 2 - (a % 2 < 0 ? 1 : 0));
        return a;
    }
    if (function == "shift_left") {
        if (b < 0 || b >= kBits) return 0;
        for (T i = 0; i < b; ++i) a = wrapped<T>(static_cast<Wide>(a) * 2);
        return a;
    }
    Wide made = 0;
    for (int place = 0; place < kBits; ++place) {
        const bool x = bit(a, place);
        const bool y = bit(b, place);
        if (function == "bit_and" ? x && y : function == "bit_or" ? x || y : function == "bit_xor" ? x != y : !x)
            made += Wide{1} << place;
    }
    return wrapped<T>(made);
}

/// The value of a function of one argument, or of two, in the arithmetic of the type. Functions of one leave b aside.
template <typename T>
Exact<T> exact(const std::string& function, T a, T b) {
    if constexpr (std::is_same_v<T, bool>) {
        if (function == "not") return {!a};
        if (function == "and") return {a && b};
        return {a || b};
    } else {
        if (function == "stop_gradient") return {a};
        if (function == "sign") return {static_cast<T>((a > T(0)) - (a < T(0)))};
        if constexpr (std::is_integral_v<T>) {
            const Wide x = a;
            const Wide y = b;
            if (function == "neg") return {wrapped<T>(-x)};
            if (function == "abs") return {wrapped<T>(x < 0 ? -x : x)};
            if (function == "add") return {wrapped<T>(x + y)};
            if (function == "sub") return {wrapped<T>(x - y)};
            if (function == "mul") return {wrapped<T>(x * y)};
            if (function == "div") return {y == 0 ? T(0) : wrapped<T>(x / y)};
            if (function == "mod") return {y == 0 ? a : wrapped<T>(x % y)};
            if (function == "min") return {a < b ? a : b};
            if (function == "max") return {a > b ? a : b};
            return {of_bits(function, a, b)};
        } else {
            if (function == "neg") return {-a};
            if (function == "abs") return {std::fabs(a)};
            if (function == "floor") return {std::floor(a)};
            if (function == "ceil") return {std::ceil(a)};
            if (function == "trunc") return {std::trunc(a)};
            if (function == "round") return {std::isinf(a) ? a : std::copysign(a - std::remainder(a, T(1)), a)};
            if (function == "mod") return {std::fmod(a, b)};
            if (function == "round_bf16") return {static_cast<T>(ricci::round_to_bf16(static_cast<double>(a)))};
            if (function == "sqrt") return {std::sqrt(a)};
            if (function == "add") return {a + b};
            if (function == "sub") return {a - b};
            if (function == "mul") return {a * b};
            if (function == "div") return {a / b};
            const bool nan = std::isnan(a) || std::isnan(b);
            if (function == "min") return {nan ? std::numeric_limits<T>::quiet_NaN() : a < b ? a : b, 0, true};
            if (function == "max") return {nan ? std::numeric_limits<T>::quiet_NaN() : a > b ? a : b, 0, true};
            const long double x = a;
            const long double e = std::exp(-std::fabs(x));
            constexpr double kUlps = 5;
            if (function == "exp") return {static_cast<T>(std::exp(x)), kUlps};
            if (function == "sin") return {static_cast<T>(std::sin(x)), kUlps};
            if (function == "cos") return {static_cast<T>(std::cos(x)), kUlps};
            if (function == "atan2") return {static_cast<T>(std::atan2(x, static_cast<long double>(b))), kUlps};
            if (function == "expm1") return {static_cast<T>(std::expm1(x)), kUlps};
            if (function == "log") return {static_cast<T>(std::log(x)), kUlps};
            if (function == "log1p") return {static_cast<T>(std::log1p(x)), kUlps};
            if (function == "tanh") return {static_cast<T>(std::tanh(x)), kUlps};
            if (function == "erf") return {static_cast<T>(std::erf(x)), kUlps};
            if (function == "sigmoid") return {static_cast<T>((x < 0 ? e : 1) / (1 + e)), kUlps};
            if (function == "softplus") {
                return {static_cast<T>(x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x))), kUlps};
            }
            if (function == "normal_cdf") return {static_cast<T>(0.5L * std::erfc(-x / std::sqrt(2.0L))), kUlps};
            // glibc's powl takes -2^63 for odd.
            const bool special = a == 0 || std::isinf(a);
            const long double power = special ? std::pow(double(a), double(b)) : std::pow(x, static_cast<long double>(b));
            if (function == "pow") return {static_cast<T>(power), kUlps};
            throw std::runtime_error("no reference of " + function);
        }
    }
}

template <typename T>
bool compared(const std::string& function, T a, T b) {
    if (function == "less") return a < b;
    if (function == "less_equal") return a <= b;
    if (function == "greater") return a > b;
    if (function == "greater_equal") return a >= b;
    if (function == "equal") return a == b;
    return a != b;
}

/// Whether a result is the value: of floats the same nan, infinity and sign of zero, and near it where it may be.
template <typename R>
bool is_exact(R got, const Exact<R>& expected) {
    if constexpr (!std::is_floating_point_v<R>) {
        return got == expected.value;
    } else {
        if (std::isnan(expected.value) || std::isnan(got)) return std::isnan(expected.value) && std::isnan(got);
        if (got == expected.value) {
            return got != 0 || expected.either_zero || std::signbit(got) == std::signbit(expected.value);
        }
        if (std::isinf(got) || std::isinf(expected.value)) return false;
        const int exponent = std::max(std::ilogb(expected.value), std::numeric_limits<R>::min_exponent - 1);
        const double ulp = std::ldexp(1.0, exponent - std::numeric_limits<R>::digits + 1);
        return std::fabs(static_cast<double>(got) - static_cast<double>(expected.value)) <= expected.ulps * ulp;
    }
}

}  // namespace ricci::testing
