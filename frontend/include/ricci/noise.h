/// \file ricci/noise.h
/// Layers that draw random numbers. A number is a function of a key, a place and a stream (Philox 4x32-10). So it
/// is the same for any number of threads and in every engine. The backward pass computes it anew; no mask is stored.
#pragma once

#include <source_location>
#include <string>
#include <vector>

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

/// A number from 0 up to 1, a multiple of 2^-52, f64, for a place of a stream: all i64. It is random_bits * 2^-52.
Term random_uniform(const Term& key, const Term& place, const Term& stream);

/// A number of the normal distribution, mean 0 and deviation 1, f64, for a place of a stream: all i64. It takes the bits of
/// two streams, `stream` and -1 - `stream`. Source: Box, Muller 1958.
Term random_normal(const Term& key, const Term& place, const Term& stream);

struct DropoutOptions {
    double rate = 0.5;  // the share of elements that become 0
    std::string name{};
};
/// In training each element is 0 with this probability, else multiplied by 1 / (1 - rate). In use it is x.
/// \throws UserError unless 0 <= rate < 1, and x is of a float type.
/// Source: Srivastava et al. 2014; scaled in training, as PyTorch has it.
Tensor dropout(TensorAt x, const DropoutOptions& options = {});

struct GaussianNoiseOptions {
    double deviation = 1;
    std::string name{};
};
/// In training x plus a normal number of mean 0 and this deviation for each element. In use it is x.
/// \throws UserError unless the deviation is finite and at least 0, and x is of a float type.
/// Source: Bishop 1995, "Training with noise is equivalent to Tikhonov regularization".
Tensor gaussian_noise(TensorAt x, const GaussianNoiseOptions& options = {});

struct NormalOptions {
    double mean = 0;
    double deviation = 1;
    std::string name{};
};
/// Normal numbers in training and in use, of the model's key: what a variational model samples. A call without a step has
/// the same ones each time, until "noise.key" is set.
/// \throws UserError unless the numbers are finite, the deviation is at least 0, and dtype is a float type.
Tensor random_normal(Model& model, DType dtype, const std::vector<Axis>& axes, const NormalOptions& options = {},
                     std::source_location where = std::source_location::current());

struct UniformOptions {
    double low = 0;
    double high = 1;
    std::string name{};
};
/// The same of uniform numbers from `low` up to `high`. Rounding to f32 may reach `high`.
/// \throws UserError unless the bounds are finite and in order, and dtype is a float type.
Tensor random_uniform(Model& model, DType dtype, const std::vector<Axis>& axes, const UniformOptions& options = {},
                      std::source_location where = std::source_location::current());

}  // namespace ricci
