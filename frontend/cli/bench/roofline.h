/// \file frontend/cli/bench/roofline.h
/// What bounds a kernel: its multiply-adds, or bytes from one of the levels of memory.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "ir/core/graph.h"
#include "passes/machine.h"

namespace ricci::cli {

/// What a kernel has to do by what its equations say, whatever method computes it. Bytes are those that enter and leave it.
struct KernelNeeds {
    double product_flop = 0;
    double bytes = 0;
};

/// Of each kernel of a graph, by name. \param batch  samples of a call.
std::map<std::string, KernelNeeds> needs_of_kernels(const ir::Graph& graph, std::int64_t batch);

/// The longest of what one core needs for each: the roofline. Source: Williams, Waterman, Patterson 2009, "Roofline".
struct Bound {
    std::string name;  // "multiply-adds", "L2", "memory"
    double seconds = 0;
};
/// \param flop_per_second  of a large SGEMM here.
Bound bound_of(const KernelNeeds& needs, double flop_per_second, const passes::Machine& machine);

}  // namespace ricci::cli
