/// \file ricci/dtype.h
/// The element types of tensors.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ricci {

/// bf16 is for storage alone: what is read is computed with as an f32, and what is stored is rounded to the nearest.
enum class DType : std::uint8_t { f32, f64, i32, i64, boolean, bf16 };

inline constexpr DType f32 = DType::f32;
inline constexpr DType f64 = DType::f64;
inline constexpr DType i32 = DType::i32;
inline constexpr DType i64 = DType::i64;
inline constexpr DType boolean = DType::boolean;
inline constexpr DType bf16 = DType::bf16;

/// The nearest number that bf16 holds; of two as near the even one. Infinite above the largest; nan stays nan.
constexpr float round_to_bf16(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    constexpr std::uint32_t kLow = 0xffff, kQuiet = 0x400000;
    if (value != value) return std::bit_cast<float>((bits | kQuiet) & ~kLow);
    return std::bit_cast<float>((bits + (kLow >> 1) + (bits >> 16 & 1)) & ~kLow);
}
/// The same of a double, rounded once.
double round_to_bf16(double value);

/// One element of type bf16: the upper half of the bits of a float.
struct Bf16 {
    std::uint16_t bits = 0;

    constexpr Bf16() = default;
    constexpr explicit Bf16(float value)
        : bits(static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(round_to_bf16(value)) >> 16)) {}
    explicit Bf16(double value) : Bf16(static_cast<float>(round_to_bf16(value))) {}
    constexpr operator float() const { return std::bit_cast<float>(std::uint32_t{bits} << 16); }
};

/// Bytes of one element; a bool takes one.
std::size_t size_of(DType dtype);
/// "f32", "f64", "i32", "i64", "bool", "bf16".
std::string_view name_of(DType dtype);
std::optional<DType> dtype_named(std::string_view name);
constexpr bool is_float(DType dtype) { return dtype == DType::f32 || dtype == DType::f64 || dtype == DType::bf16; }
/// The type that elements of this type are computed with.
constexpr DType computed(DType dtype) { return dtype == DType::bf16 ? DType::f32 : dtype; }
constexpr bool is_integer(DType dtype) { return dtype == DType::i32 || dtype == DType::i64; }

template <typename T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<float>() { return DType::f32; }
template <>
constexpr DType dtype_of<double>() { return DType::f64; }
template <>
constexpr DType dtype_of<std::int32_t>() { return DType::i32; }
template <>
constexpr DType dtype_of<std::int64_t>() { return DType::i64; }
template <>
constexpr DType dtype_of<bool>() { return DType::boolean; }
template <>
constexpr DType dtype_of<Bf16>() { return DType::bf16; }

}  // namespace ricci
