/// \file frontend/cli/bench_step.h
/// What the benchmarks measure the machine with, and how they sum up.
#pragma once

#include <cstdint>
#include <vector>

#include "ricci/program.h"

namespace ricci::cli {

/// Of a product of two 1024 x 1024 matrices on this thread; the best of so many tries, as the machine's measure.
double sgemm_gflops(int tries = 8);

/// FLOP of all products of matrices that a program asks for: convolutions, dense layers and their gradients, whatever
/// computes them. An open batch has `batch` samples.
double product_flop(const Program& program, std::int64_t batch);

/// The middle value, or the mean of the two. \pre values is not empty.
double median(std::vector<double> values);

}  // namespace ricci::cli
