/// \file ir/base/memory.h
/// The two numbers about arrays in memory that graphs, passes and the runtime agree on.
#pragma once

#include <cstdint>

namespace ricci {

/// The extent of the batch axis while it is open: it is bound when the program is called.
inline constexpr std::int64_t kOpen = -1;

/// Bytes: buffers and the arena start on, and slots in it are multiples of, a cache line, which is a full AVX-512
/// register.
inline constexpr std::int64_t kAlignment = 64;

}  // namespace ricci
