/// \file tests/passes/random_model.h
/// Models drawn at random, as text: convolutions, pooling, activations, residuals, transpositions, linear layers, a loss.
#pragma once

#include <cstdint>
#include <string>

namespace ricci::passes::testing {

/// A trainable model of `steps` layers in f64, the same for the same numbers: the first layers of a longer model of that
/// seed are those of a shorter one, so that a failing model is shrunk by taking fewer.
std::string random_model(std::uint64_t seed, int steps);

}  // namespace ricci::passes::testing
