/// \file codegen/search/tile_timing.h
/// How long a kernel takes with different loops, on this machine.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "codegen/search/timed_kernel.h"

namespace ricci::codegen {

constexpr std::int64_t kCachedBytes = std::int64_t{16} << 20;  // bytes of an open batch that the caches hold for long

/// What a call of each kernel takes: nanoseconds by kernel, then by round. All kernels take turns in each round, on one
/// thread. What a kernel reads and writes is in the cache where it fits. Kernels of one graph with the same equations
/// work on the same memory. An open batch has Graph::typical_samples, fewer where they take more than
/// `most_bytes`.
/// Takes about `seconds` beside the compilation. A kernel that there is no time for, never the first, has no rounds.
/// \pre the host runs code for the target.
std::vector<std::vector<double>> time_kernels(std::span<const TimedKernel> kernels, const Target& target,
                                              double seconds, std::size_t rounds, std::int64_t most_bytes = kCachedBytes);

}  // namespace ricci::codegen
