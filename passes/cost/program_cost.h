/// \file passes/cost/program_cost.h
/// How long a graph of kernels takes on one thread: what batch tiles and fusion are compared by.
///
///   - A product of matrices, a convolution: what the passes predicted that chose its method.
///   - Another equation: its scalar functions, and a load or store of each element that it touches. One operation of
///     ScalarInfo takes as long as a multiply-add of a vector. Lanes that a short row leaves empty count too.
///   - A kernel: not less than the bytes that enter and leave it take. What its equations pass to each other stays in the
///     first-level cache and costs no bytes; so does nothing else.
///   - A kernel's call, in a tile one a tile.
#pragma once

#include <string>
#include <vector>

#include "passes/pass.h"

namespace ricci::passes {

struct KernelSeconds {
    std::string kernel;
    double seconds = 0;
};

/// Of every kernel, in order; an equation of none is one by itself. \param batch  samples of a call.
std::vector<KernelSeconds> kernel_seconds(const ir::Graph& graph, std::int64_t batch, const Machine& machine);

/// Of all kernels.
double program_seconds(const ir::Graph& graph, std::int64_t batch, const Machine& machine);

}  // namespace ricci::passes
