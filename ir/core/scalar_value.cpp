// One place for what integers do at their bounds.
#include "ir/core/scalar_value.h"

#include <cmath>
#include <limits>

namespace ricci::ir {
namespace {

/// The low 32 bits, as a signed number.
std::int64_t wrapped(std::int64_t value, DType dtype) {
    return dtype == i32 ? static_cast<std::int32_t>(static_cast<std::uint32_t>(value)) : value;
}

template <typename T>
std::int64_t saturated(double value) {
    using Limits = std::numeric_limits<T>;
    if (std::isnan(value)) return 0;
    // -2^(bits - 1) is an exact double and 2^(bits - 1) the first number above the range.
    constexpr double kLowest = static_cast<double>(Limits::min());
    if (value <= kLowest) return Limits::min();
    if (value >= -kLowest) return Limits::max();
    return static_cast<std::int64_t>(value);
}

}  // namespace

Datum datum(const Number& number, DType dtype) {
    return is_float(dtype) ? Datum{.real = number.real()} : Datum{.integer = number.integer()};
}

Number number(Datum value, DType dtype) {
    return is_float(dtype) ? Number(value.real) : Number(value.integer);
}

Datum apply(const ScalarInfo& function, DType operands, const Datum* arguments) {
    const std::size_t arity = function.arity;
    if (is_float(operands)) {
        double given[3] = {};
        for (std::size_t i = 0; i < arity; ++i) given[i] = arguments[i].real;
        const bool selects = function.types == ScalarInfo::Types::select;
        if (selects) given[0] = static_cast<double>(arguments[0].integer);
        const double value = function.value(given);
        const bool truth = function.types == ScalarInfo::Types::comparison;
        return truth ? Datum{.integer = value != 0} : Datum{.real = value};
    }
    std::int64_t given[3] = {};
    for (std::size_t i = 0; i < arity; ++i) given[i] = arguments[i].integer;
    return {.integer = wrapped(function.integer(given), operands)};
}

Datum convert(Datum value, DType from, DType to) {
    if (is_float(from)) {
        switch (to) {
            case DType::i32: return {.integer = saturated<std::int32_t>(value.real)};
            case DType::i64: return {.integer = saturated<std::int64_t>(value.real)};
            case DType::boolean: return {.integer = value.real != 0};
            case DType::bf16: return {.real = round_to_bf16(value.real)};
            default: return value;
        }
    }
    if (to == bf16) return {.real = round_to_bf16(static_cast<double>(value.integer))};
    if (is_float(to)) return {.real = static_cast<double>(value.integer)};
    if (to == boolean) return {.integer = value.integer != 0};
    return {.integer = wrapped(value.integer, to)};
}

}  // namespace ricci::ir
