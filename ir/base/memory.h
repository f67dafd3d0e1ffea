/// \file ir/base/memory.h
/// The two numbers about arrays in memory that graphs, passes and the runtime agree on.
#pragma once

#include <cstdint>

#include "ricci/extent.h"

namespace ricci {

/// Bytes: buffers and the arena start on, and slots in it are multiples of, a cache line, which is a full AVX-512
/// register.
inline constexpr std::int64_t kAlignment = 64;

}  // namespace ricci
