/// \file tests/passes/random_model.h
/// Models drawn at random, as text: convolutions, pooling, activations, residuals, transpositions, linear layers, a loss.
#pragma once

#include <cstdint>
#include <string>

namespace ricci::passes::testing {

/// A trainable model of `steps` layers in f64. The same numbers give the same model. A shorter model of a seed is the
/// beginning of a longer one, so taking fewer steps shrinks a failing model.
std::string random_model(std::uint64_t seed, int steps);

}  // namespace ricci::passes::testing
