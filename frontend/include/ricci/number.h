/// \file ricci/number.h
/// A constant of the text, an initial value or a padding: an exact 64-bit integer where it is one, else a double.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "ricci/dtype.h"

namespace ricci {

/// Each number has one form. Integers of 64 bits are kept as such, whether written 3 or 3.0. All else is a double:
/// -0.0, fractions, larger numbers, inf, and the one nan. So equal numbers are those of equal bits.
class Number {
  public:
    constexpr Number() = default;
    template <std::floating_point T>
    constexpr Number(T value) {
        // Both bounds are exact doubles; nan fails the comparison.
        const double number = value;
        if (number >= -0x1p63 && number < 0x1p63) {
            bits_ = static_cast<std::int64_t>(number);
            const double back = static_cast<double>(bits_);
            if (std::bit_cast<std::int64_t>(back) == std::bit_cast<std::int64_t>(number)) return;
        }
        integral_ = false;
        bits_ = number == number ? std::bit_cast<std::int64_t>(number) : kNan;
    }
    template <std::integral T>
    constexpr Number(T value) : bits_(static_cast<std::int64_t>(value)) {
        if (value > 0 && bits_ < 0) *this = Number(static_cast<double>(value));  // from 2^63 on
    }

    /// The nearest double.
    constexpr double real() const { return integral_ ? static_cast<double>(bits_) : std::bit_cast<double>(bits_); }
    constexpr bool is_integer() const { return integral_; }
    /// The integer. \pre is_integer() or zero of either sign
    constexpr std::int64_t integer() const { return integral_ ? bits_ : 0; }

    /// Whether a constant of that type may have this value: an integer in the type's range; an f32 that does not round
    /// to infinity.
    bool fits(DType dtype) const;
    /// The constant of that type: rounded to double, an integer, or 0 or 1. \pre fits(dtype)
    Number as(DType dtype) const;
    std::size_t hash() const;

    friend constexpr bool operator==(const Number&, const Number&) = default;

  private:
    static constexpr std::int64_t kNan = 0x7ff8000000000000;

    bool integral_ = true;
    std::int64_t bits_ = 0;  // of the integer, or of the double
};

/// For messages: all digits of a whole number, else the shortest text that reads back as the same double.
std::string to_string(const Number& number);

/// Why a number cannot be of that type, with the type's range: "3000000000 does not fit i32, which holds ..."; nothing
/// where it fits.
std::optional<std::string> misfit(const Number& number, DType dtype);

}  // namespace ricci
