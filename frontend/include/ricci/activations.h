/// \file ricci/activations.h
/// Activations with settings; those without are the list of ricci/composed_functions.h.
/// Every value and gradient is finite for inputs of +-1000. Errors are those of ricci/layers.h.
#pragma once

#include <string>

#include "ricci/arithmetic.h"
#include "ricci/tensor.h"

namespace ricci {

Tensor leaky_relu(TensorAt x, double slope = 0.01);
Tensor elu(TensorAt x, double alpha = 1);
/// elu with a bend as wide as alpha, which is above 0.
Tensor celu(TensorAt x, double alpha = 1);
Tensor hard_tanh(TensorAt x, double low = -1, double high = 1);
/// softplus(beta * x) / beta, and x where beta * x is above the threshold.
Tensor softplus(TensorAt x, double beta, double threshold = 20);
/// The value nearer to 0 by the limit, and 0 within the limit.
Tensor soft_shrink(TensorAt x, double limit = 0.5);
/// The value, and 0 within the limit.
Tensor hard_shrink(TensorAt x, double limit = 0.5);
/// The value where it is above the threshold, else `value`.
Tensor threshold(TensorAt x, double threshold, double value);

/// The first half of the axis times the sigmoid of the second half. \throws UserError unless the axis has two halves.
Tensor glu(TensorAt x, Kind over);

/// softmax of the negatives, along the axis that softmax takes, or along that of a kind.
Tensor softmin(TensorAt x);
Tensor softmin(TensorAt x, Kind over);

struct PreluOptions {
    double slope = 0.25;  // what each factor begins at
    std::string name{};
};
/// The positive part and a share of the negative one: a factor for each channel (each feature, without channels).
/// Parameter NAME.slope.  Source: He et al. 2015.
Tensor prelu(TensorAt x, const PreluOptions& options = {});

}  // namespace ricci
