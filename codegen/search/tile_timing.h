/// \file codegen/search/tile_timing.h
/// How long a kernel takes with different register tiles, on this machine.
#pragma once

#include <span>
#include <vector>

#include "codegen/emit/emit_kernel.h"

namespace ricci::codegen {

/// Nanoseconds of a call of the kernel with each of the planners: the medians of some rounds in which all of them take
/// turns, on one thread, with what they read and write in the cache where it fits. An open batch has up to 64 samples,
/// fewer where they take more memory than a cache holds. Takes about `seconds` beside the compilation; planners that
/// there is no time for, never the first, get infinity. \pre the host runs code for the target.
std::vector<double> time_kernel(const ir::Graph& graph, const KernelSource& kernel, const Target& target,
                                const passes::Machine& machine, std::span<const ContractionPlanner> planners,
                                double seconds);

}  // namespace ricci::codegen
