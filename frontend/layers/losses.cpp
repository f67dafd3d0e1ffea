// Gives the settings of losses to their ops.
#include "ricci/losses.h"

#include "ricci/arithmetic.h"

namespace ricci {

Tensor l1(TensorAt x, TensorAt target) {
    return apply("l1", {x.tensor, target.tensor}, {}, x.where);
}
Tensor huber(TensorAt x, TensorAt target, double delta) {
    return apply("huber", {x.tensor, target.tensor}, {.attributes = {{"delta", delta}}}, x.where);
}
Tensor smooth_l1(TensorAt x, TensorAt target, double beta) {
    return apply("smooth_l1", {x.tensor, target.tensor}, {.attributes = {{"beta", beta}}}, x.where);
}

Tensor bce(TensorAt probabilities, TensorAt target) {
    return apply("bce", {probabilities.tensor, target.tensor}, {}, probabilities.where);
}
Tensor bce_with_logits(TensorAt logits, TensorAt target) {
    return apply("bce_with_logits", {logits.tensor, target.tensor}, {}, logits.where);
}

Tensor soft_margin(TensorAt x, TensorAt target) {
    return apply("soft_margin", {x.tensor, target.tensor}, {}, x.where);
}
Tensor hinge(TensorAt x, TensorAt target, double margin) {
    return apply("hinge", {x.tensor, target.tensor}, {.attributes = {{"margin", margin}}}, x.where);
}
Tensor hinge_embedding(TensorAt x, TensorAt target, double margin) {
    return apply("hinge_embedding", {x.tensor, target.tensor}, {.attributes = {{"margin", margin}}}, x.where);
}

Tensor kl_div(TensorAt x, TensorAt target) {
    return apply("kl_div", {x.tensor, target.tensor}, {}, x.where);
}
Tensor nll(TensorAt x, TensorAt labels) {
    return apply("nll", {x.tensor, labels.tensor}, {}, x.where);
}
Tensor multi_margin(TensorAt x, TensorAt labels, double margin) {
    return apply("multi_margin", {x.tensor, labels.tensor}, {.attributes = {{"margin", margin}}}, x.where);
}

Tensor soft_cross_entropy(TensorAt logits, TensorAt target, double label_smoothing) {
    return apply("soft_cross_entropy", {logits.tensor, target.tensor},
                 {.attributes = {{"label_smoothing", label_smoothing}}}, logits.where);
}
Tensor weighted_softmax_cross_entropy(TensorAt logits, TensorAt labels, Tensor weight, double label_smoothing) {
    return apply("weighted_softmax_cross_entropy", {logits.tensor, labels.tensor, weight},
                 {.attributes = {{"label_smoothing", label_smoothing}}}, logits.where);
}

Tensor cosine_embedding(TensorAt a, TensorAt b, TensorAt target, double margin) {
    return apply("cosine_embedding", {a.tensor, b.tensor, target.tensor}, {.attributes = {{"margin", margin}}},
                 a.where);
}
Tensor triplet_margin(TensorAt anchor, TensorAt positive, TensorAt negative, double margin) {
    return apply("triplet_margin", {anchor.tensor, positive.tensor, negative.tensor},
                 {.attributes = {{"margin", margin}}}, anchor.where);
}
Tensor margin_ranking(TensorAt a, TensorAt b, TensorAt target, double margin) {
    return apply("margin_ranking", {a.tensor, b.tensor, target.tensor}, {.attributes = {{"margin", margin}}}, a.where);
}

}  // namespace ricci
