/// \file frontend/cli/bench_step.h
/// What the benchmarks measure the machine with, and how they sum up.
#pragma once

#include <vector>

namespace ricci::cli {

/// Of a product of two 1024 x 1024 matrices on this thread; the best of so many tries, as the machine's measure.
double sgemm_gflops(int tries = 8);

/// The middle value, or the mean of the two. \pre values is not empty.
double median(std::vector<double> values);

}  // namespace ricci::cli
