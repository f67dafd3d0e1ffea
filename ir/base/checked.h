/// \file ir/base/checked.h
/// Size arithmetic that cannot wrap: every product of extents goes through here.
#pragma once

#include <cstdint>

#include "ir/base/error.h"

namespace ricci {

/// a * b of non-negative sizes. \throws UserError naming `what` and both factors when the product passes 2^63 - 1.
inline std::int64_t checked_mul(std::int64_t a, std::int64_t b, const char* what) {
    std::int64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product)) user_error("{}: {} * {} does not fit in 64 bits", what, a, b);
    return product;
}

/// a + b of sizes. \throws UserError naming `what` and both terms when the sum passes 2^63 - 1.
inline std::int64_t checked_add(std::int64_t a, std::int64_t b, const char* what) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) user_error("{}: {} + {} does not fit in 64 bits", what, a, b);
    return sum;
}

}  // namespace ricci
