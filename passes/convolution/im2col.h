/// \file passes/convolution/im2col.h
/// A convolution as patches and one matrix multiplication: the equations that lower-conv2d puts in its place.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "passes/convolution/convolution_roles.h"

namespace ricci::passes {

struct Im2col {
    std::vector<ir::Equation> equations;  // in order; the values that they need are in the graph
    std::string text;                     // "im2col, patches of 78400 bytes per sample, M 6, N 784, K 25"
};

/// Nothing when no matrix multiplication computes the product; what was added to the graph then is unused.
std::optional<Im2col> im2col(ir::Graph& graph, const ir::Equation& equation, const Convolution& convolution);

}  // namespace ricci::passes
