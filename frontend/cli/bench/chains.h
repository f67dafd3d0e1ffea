/// \file frontend/cli/bench/chains.h
/// Programs of any length: what `ricci bench compile` compiles.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace ricci::cli {

///   pointwise  y = relu(a * x + c), layer by layer
///   dense      a product of matrices between two such layers
///   training   dense with a loss, so that gradients and updates of all parameters follow
inline constexpr std::array<std::string_view, 3> kChains = {"pointwise", "dense", "training"};

/// The text of a model of that many equations, each of which reads the result of the one before.
std::string chain_text(std::string_view chain, std::int64_t equations);

}  // namespace ricci::cli
