// Which numbers the element types hold, and how messages spell them.
#include "ir/core/number.h"

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <limits>

#include "ir/base/error.h"

namespace ricci {
namespace {

// Numbers from here on round to infinity in f32: half a step above the largest float.
constexpr double kAboveF32 = 0x1.ffffffp+127;
constexpr float kMostBf16 = 0x1.fep+127F;

}  // namespace

bool Number::fits(DType dtype) const {
    using Limits = std::numeric_limits<std::int32_t>;
    switch (dtype) {
        case DType::bf16: return integral_ || std::isinf(real()) || !std::isinf(round_to_bf16(real()));
        case DType::f32: return integral_ || std::isinf(real()) || !(std::fabs(real()) >= kAboveF32);
        case DType::f64: return true;
        case DType::i32: return (integral_ && bits_ >= Limits::min() && bits_ <= Limits::max()) || real() == 0;
        case DType::i64: return integral_ || real() == 0;
        case DType::boolean: return integral_ && (bits_ == 0 || bits_ == 1);
    }
    return false;
}

Number Number::as(DType dtype) const {
    if (is_float(dtype)) return real();
    RICCI_CHECK(fits(dtype), "a constant {} of type {}", to_string(*this), name_of(dtype));
    return integer();
}

std::size_t Number::hash() const {
    return std::hash<std::int64_t>{}(bits_) ^ (integral_ ? 0 : 0x9e3779b97f4a7c15ULL);
}

std::string to_string(const Number& number) {
    if (number.is_integer()) return fmt::format("{}", number.integer());
    const double real = number.real();
    constexpr double kAllDigits = 1e22;  // larger numbers would show digits that nobody wrote
    const bool whole = std::trunc(real) == real && std::fabs(real) < kAllDigits;
    return whole ? fmt::format("{:.0f}", real) : fmt::format("{}", real);
}

std::optional<std::string> misfit(const Number& number, DType dtype) {
    if (number.fits(dtype)) return std::nullopt;
    auto of_integers = [&]<typename T>(T) {
        using Limits = std::numeric_limits<T>;
        if (!number.is_integer() && std::trunc(number.real()) != number.real()) {
            return fmt::format("{} is no {}, which holds whole numbers from {} to {}", to_string(number),
                               name_of(dtype), Limits::min(), Limits::max());
        }
        return fmt::format("{} does not fit {}, which holds {} to {}", to_string(number), name_of(dtype),
                           Limits::min(), Limits::max());
    };
    switch (dtype) {
        case DType::i32: return of_integers(std::int32_t{});
        case DType::i64: return of_integers(std::int64_t{});
        case DType::boolean: return fmt::format("{} is no bool; write true or false", to_string(number));
        default:
            return fmt::format("{} does not fit {}, which holds numbers up to {}; write inf, or take {}",
                               to_string(number), name_of(dtype),
                               dtype == bf16 ? kMostBf16 : std::numeric_limits<float>::max(), dtype == bf16 ? "f32" : "f64");
    }
}

}  // namespace ricci
