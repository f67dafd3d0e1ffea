/// \file ricci/losses.h
/// Losses beside mse and softmax_cross_entropy of ricci/layers.h: a number for each sample, of which mean() makes one.
/// Logits of +-1000 give finite losses and gradients. Targets have the axes of x, in any order. Errors are those of
/// ricci/layers.h.
#pragma once

#include "ricci/tensor.h"

namespace ricci {

/// Means over the elements of a sample: of |x - target|; of its square until delta, then a line; the same over beta.
Tensor l1(TensorAt x, TensorAt target);
Tensor huber(TensorAt x, TensorAt target, double delta = 1);
Tensor smooth_l1(TensorAt x, TensorAt target, double beta = 1);

/// Binary cross-entropy of probabilities, and of logits, with targets from 0 to 1. A probability below 1e-38 counts as
/// 1e-38: bce_with_logits has no such limit.
Tensor bce(TensorAt probabilities, TensorAt target);
Tensor bce_with_logits(TensorAt logits, TensorAt target);

/// Of targets 1 and -1: log(1 + exp(-target * x)); max(margin - target * x, 0); x itself or max(margin - x, 0).
Tensor soft_margin(TensorAt x, TensorAt target);
Tensor hinge(TensorAt x, TensorAt target, double margin = 1);
Tensor hinge_embedding(TensorAt x, TensorAt target, double margin = 1);

/// sum(target * (log(target) - x)) for each sample: x is the logarithm of a distribution, target a distribution.
Tensor kl_div(TensorAt x, TensorAt target);

/// -x[label]: x is what log_softmax gives. \param labels  i32 or i64 [batch], the number of the class.
Tensor nll(TensorAt x, TensorAt labels);
/// The mean over all classes of max(margin - x[label] + x[class], 0), without the label's own.
Tensor multi_margin(TensorAt x, TensorAt labels, double margin = 1);

/// softmax_cross_entropy with a target for each class: a distribution, [batch, class].
Tensor soft_cross_entropy(TensorAt logits, TensorAt target, double label_smoothing = 0);
/// softmax_cross_entropy with a factor for each class, [class]. \returns the weighted loss of each sample; PyTorch's
/// mean is their sum over the sum of the factors at the labels.
Tensor weighted_softmax_cross_entropy(TensorAt logits, TensorAt labels, Tensor weight, double label_smoothing = 0);

/// 1 - cos(a, b) where target is 1, else max(cos(a, b) - margin, 0). \param target  [batch], 1 or -1.
Tensor cosine_embedding(TensorAt a, TensorAt b, TensorAt target, double margin = 0);
/// max(|anchor - positive| - |anchor - negative| + margin, 0).  Source: Balntas et al. 2016.
Tensor triplet_margin(TensorAt anchor, TensorAt positive, TensorAt negative, double margin = 1);
/// max(margin - target * (a - b), 0) for each element.
Tensor margin_ranking(TensorAt a, TensorAt b, TensorAt target, double margin = 0);

}  // namespace ricci
