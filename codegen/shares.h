/// \file codegen/shares.h
/// Which thread compiles which kernels. Internal to codegen.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ir/core/graph.h"
#include "ir/loops/kernel_plan.h"

namespace ricci::codegen {

/// About how many instructions a kernel is before LLVM sees it: what stands in its loops, as often as it is spelled out.
/// LLVM's time goes with it. Cost: one pass over the kernel's equations.
double code_size(const ir::Graph& graph, const ir::KernelSource& kernel);

/// Shares of about equal sums, each with the numbers of its pieces in rising order. There are as many as asked for, or one
/// for each piece; piece 0 is in share 0. The greatest piece goes first, each to the share that has the least so far. No
/// share is more than 4/3 of the best then (Graham, "Bounds on Multiprocessing Timing Anomalies", 1969).
std::vector<std::vector<std::size_t>> even_shares(std::span<const double> sizes, std::size_t shares);

}  // namespace ricci::codegen
