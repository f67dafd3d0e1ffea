/// \file runtime/call/gemm_blocks.h
/// Long sums of matrix products in blocks, so that their error does not grow with their length.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/call/gemm.h"

namespace ricci::runtime {

/// Points of nested loops around a product.
std::int64_t points_of(std::span<const GemmLoop> loops);

/// How far A and B are moved at a point, counted row-major.
struct Moved {
    std::int64_t a = 0, b = 0;

    Moved(std::span<const GemmLoop> loops, std::int64_t point);
};

/// One block more: `block` goes to `sum`, and keeps what rounding lost for the next block to start from (Kahan 1965).
void add_block(float* __restrict sum, float* __restrict block, std::int64_t count);

/// C *= beta; written and never read where beta is 0.
void scale(const GemmShape& shape, float beta, float* c);

/// \throws UserError if a size is negative or above 2^31 - 1, or a leading dimension is shorter than its row.
void check_shape(const GemmShape& shape);

}  // namespace ricci::runtime
