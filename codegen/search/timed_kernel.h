/// \file codegen/search/timed_kernel.h
/// What is timed, and who times it: the search of register tiles knows no code generator.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "codegen/jit/target.h"
#include "ir/loops/kernel_plan.h"

namespace ricci::codegen {

/// A kernel of a graph as ir/loops/tile_view.h shows it, with loops.
struct TimedKernel {
    const ir::Graph* view;
    ir::KernelSource kernel;
};

/// What a call of each kernel takes: nanoseconds by kernel, then by round; time_kernels (codegen/search/tile_timing.h).
using KernelTimer = std::function<std::vector<std::vector<double>>(std::span<const TimedKernel> kernels, const Target& target,
                                                                   double seconds, std::size_t rounds)>;

/// The middle one; infinity of none.
inline double median(std::vector<double> values) {
    if (values.empty()) return std::numeric_limits<double>::infinity();
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

}  // namespace ricci::codegen
