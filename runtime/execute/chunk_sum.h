/// \file runtime/execute/chunk_sum.h
/// The tree in which the chunks of a batch tile's sums are added up. Internal.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ir/base/dtype.h"

namespace ricci::runtime {

/// Chunks of a batch tile are 2, 4 or 8 where there is anything to add.
inline constexpr std::int64_t kMostChunks = 8;

/// to[i] = the sum of element i of all chunks, which lie `stride` bytes apart from `first` on: neighbours first, then
/// pairs. `to` may be `first`. The dtype is f32, f64 or i64, which wraps as the kernels' own additions do.
void sum_chunks(DType dtype, std::byte* to, const std::byte* first, std::int64_t stride, std::int64_t chunks,
                std::int64_t elements);

}  // namespace ricci::runtime
