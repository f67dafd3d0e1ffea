/// \file ricci/lenet5.h
/// LeNet-5 as the lectures have it.
#pragma once

#include "ricci/classifier.h"

namespace ricci {

/// Grey images of 32 x 32, 10 classes; 61,706 parameters. tanh after each convolution and hidden layer, 2 x 2 average
/// pooling, mean softmax cross-entropy. Parameters: conv1.kernel, conv1.bias, conv2.kernel, conv2.bias, fc1.weight,
/// fc1.bias, fc2.weight, fc2.bias, fc3.weight, fc3.bias, drawn as PyTorch draws them: uniform in +-1/sqrt(fan in).
/// Source: LeCun et al. 1998, "Gradient-Based Learning Applied to Document Recognition", section II, simplified.
Classifier lenet5(const ClassifierOptions& options = {});

}  // namespace ricci
