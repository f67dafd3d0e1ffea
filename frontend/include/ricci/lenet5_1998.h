/// \file ricci/lenet5_1998.h
/// LeNet-5 as its paper has it.
#pragma once

#include "ricci/image_models.h"

namespace ricci {

/// Grey images of 32 x 32, 10 classes; 60,000 trainable parameters:
/// - the squashing function 1.7159 * tanh(2/3 * a) behind each layer;
/// - subsampling with a trainable factor and bias for each map: s2.*, s4.*;
/// - the third layer connected by the paper's table I: each of its 16 maps sees 3, 4 or 6 of the 6 maps before;
/// - an output of distances to fixed codes, bitmaps of the digits of 7 x 12: the constant "codes". logits are -distance.
/// The loss is equation 9 of the paper, with j = 0.1. Only channels_last, dtype and batch of the options count.
/// Source: LeCun, Bottou, Bengio, Haffner 1998, "Gradient-Based Learning Applied to Document Recognition", section II.B.
Classifier lenet5_1998(const ImageModelOptions& options = {});

}  // namespace ricci
