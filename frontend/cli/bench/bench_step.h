/// \file frontend/cli/bench/bench_step.h
/// What the benchmarks of steps share: the model's options, the measure of the machine, how they sum up.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "frontend/cli/options.h"
#include "ricci/program.h"

namespace ricci::cli {

/// Of a product of two 1024 x 1024 matrices on this thread; the best of so many tries, as the machine's measure.
double sgemm_gflops(int tries = 8);

/// FLOP of all products of matrices that a program asks for: convolutions, dense layers and their gradients, whatever
/// computes them. An open batch has `batch` samples.
double product_flop(const Program& program, std::int64_t batch);

/// MODEL and --size.
void declare_timed_model(Options& options, std::string& model, std::int64_t& size);

/// The middle value, or the mean of the two. \pre values is not empty.
double median(std::vector<double> values);

}  // namespace ricci::cli
