/// \file frontend/cli/bench_step.h
/// Times a compiled training step on random data in memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "passes/pass.h"

namespace ricci::cli {

struct BenchOptions {
    std::string model = "lenet5";
    std::int64_t threads = 1;
    std::int64_t batch = 64;
    std::int64_t images = 8192;
    std::int64_t repeats = 7;
    std::string target;
    bool cache = true;
    std::string search;
    bool profile = false;
    passes::Options passes;
};

/// One line of JSON: peer, threads, batch, us_per_image (median of the repeats), min, max, epoch_s (of 60,000 images),
/// first_epoch_extra_s (compilation and first touch), sgemm_gflops (1024^3 on one thread), floor_us (an image's flop at
/// that speed), times_floor. Each repeat goes over all full batches. A table of kernels goes to standard error with options.profile.
/// \throws UserError for an unknown model or target, or fewer images than a batch.
std::string time_step(const BenchOptions& options);

/// Of a product of two 1024 x 1024 matrices on this thread; the best of several, as the machine's measure.
double sgemm_gflops();

/// The middle value, or the mean of the two. \pre values is not empty.
double median(std::vector<double> values);

}  // namespace ricci::cli
