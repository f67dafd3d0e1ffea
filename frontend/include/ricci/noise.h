/// \file ricci/noise.h
/// Layers that draw random numbers. A number is a function of a key, a place and a stream (Philox 4x32-10). So it
/// is the same for any number of threads and in every engine. The backward pass computes it anew; no mask is stored.
#pragma once

#include <string>

#include "ricci/layers.h"
#include "ricci/model.h"
#include "ricci/notation.h"

namespace ricci {

/// The key of a model's noise: the state "noise.key", i64[], which begins at 0. Each step of training adds 1. Two runs with
/// the same keys draw the same numbers; `parameters().set("noise.key", 1000)` makes them others.
Tensor noise_key(Model& model);

/// 52 random bits, a number from 0 to 2^52 - 1, for a place of a stream: all i64. Streams of a model do not repeat each
/// other, nor do keys. Source: Salmon, Moraes, Dror and Shaw 2011, section 3.3.
Term random_bits(const Term& key, const Term& place, const Term& stream);

struct DropoutOptions {
    double rate = 0.5;  // the share of elements that become 0
    std::string name{};
};
/// In training each element is 0 with this probability, else multiplied by 1 / (1 - rate). In use it is x.
/// \throws UserError unless 0 <= rate < 1, and x is of a float type.
/// Source: Srivastava et al. 2014; scaled in training, as PyTorch has it.
Tensor dropout(TensorAt x, const DropoutOptions& options = {});

}  // namespace ricci
