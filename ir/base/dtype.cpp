// Names and sizes of the element types: the one table.
#include "ir/base/dtype.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace ricci {
namespace {

struct Entry {
    DType dtype;
    std::string_view name;
    std::size_t size;
};
constexpr std::array<Entry, 6> kTable = {{{DType::f32, "f32", 4},
                                          {DType::f64, "f64", 8},
                                          {DType::i32, "i32", 4},
                                          {DType::i64, "i64", 8},
                                          {DType::boolean, "bool", 1},
                                          {DType::bf16, "bf16", 2}}};

}  // namespace

double round_to_bf16(double value) {
    constexpr int kDigits = 8;      // binary digits of a number
    constexpr int kLowest = -133;   // exponent of the smallest number above 0
    if (value == 0 || !std::isfinite(value)) return value;
    // Numbers of this size lie so far apart.
    const double step = std::ldexp(1.0, std::max(std::ilogb(value) - (kDigits - 1), kLowest));
    const double rounded = std::nearbyint(value / step) * step;
    constexpr double kAbove = 0x1p128;  // the first that it does not hold
    return std::fabs(rounded) >= kAbove ? std::copysign(HUGE_VAL, value) : rounded;
}

std::size_t size_of(DType dtype) { return kTable[std::to_underlying(dtype)].size; }

std::string_view name_of(DType dtype) { return kTable[std::to_underlying(dtype)].name; }

std::optional<DType> dtype_named(std::string_view name) {
    for (const Entry& entry : kTable) {
        if (entry.name == name) return entry.dtype;
    }
    return std::nullopt;
}

}  // namespace ricci
