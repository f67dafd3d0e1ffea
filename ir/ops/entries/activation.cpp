// Activations: what PyTorch's list has as a formula. None overflows on the way, in its value or in its gradient.
#include "ir/ops/entries/entries.h"

namespace ricci::ir {

// The branch that a select leaves out is computed too, and 0 times infinity is nan in a gradient. So its argument is cut
// off where it would overflow.
void add_activations(std::vector<Op>& table) {
    auto add = [&](Op op) { table.push_back(std::move(op)); };
    add(pointwise("relu", "the positive part", "max(x[...], 0)", {}, "Nair and Hinton 2010"));
    add(pointwise("relu6", "the positive part, cut off at 6", "min(max(x[...], 0), 6)", {},
                  "Krizhevsky 2010, \"Convolutional Deep Belief Networks on CIFAR-10\""));
    add(pointwise("leaky_relu", "the positive part and a share of the negative one",
                  "select(x[...] > 0, x[...], slope * x[...])", {{"slope", 0.01, "factor of negative values"}},
                  "Maas, Hannun and Ng 2013"));
    add(pointwise("elu", "the positive part, and alpha * (exp(x) - 1) below 0",
                  "select(x[...] > 0, x[...], alpha * expm1(min(0, x[...])))",
                  {{"alpha", 1, "limit far below 0, negated"}}, "Clevert, Unterthiner and Hochreiter 2016"));
    add(pointwise("selu", "elu with the scale and the alpha that keep mean 0 and variance 1",
                  "1.0507009873554805 * select(x[...] > 0, x[...], 1.6732632423543772 * expm1(min(0, x[...])))", {},
                  "Klambauer et al. 2017"));
    add(pointwise("celu", "the positive part, and alpha * (exp(x / alpha) - 1) below 0",
                  "select(x[...] > 0, x[...], alpha * expm1(min(0, x[...]) / alpha))",
                  {{"alpha", 1, "limit far below 0, negated; above 0", false, 1e-30}}, "Barron 2017"));
    add(pointwise("silu", "the value times its sigmoid", "x[...] * sigmoid(x[...])", {},
                  "Elfwing, Uchibe and Doya 2018"));
    add(pointwise("gelu", "the value times the normal distribution function", "x[...] * normal_cdf(x[...])", {},
                  "Hendrycks and Gimpel 2016"));
    // 1 + tanh(u) is 2 sigmoid(2 u), which keeps all digits far below 0.
    add(pointwise("gelu_tanh", "gelu with tanh in place of erf",
                  "x[...] * sigmoid(1.5957691216057308 * (x[...] + 0.044715 * x[...] * x[...] * x[...]))", {},
                  "Hendrycks and Gimpel 2016"));
    add(pointwise("mish", "the value times tanh(softplus(x))", "x[...] * tanh(softplus(x[...]))", {}, "Misra 2019"));
    add(pointwise("hard_tanh", "the value cut off at both ends", "min(max(x[...], low), high)",
                  {{"low", -1, "the least result"}, {"high", 1, "the largest result"}}));
    add(pointwise("hard_sigmoid", "(x + 3) / 6, cut off at 0 and 1", "min(max(x[...] + 3, 0), 6) / 6", {},
                  "Howard et al. 2019"));
    add(pointwise("hard_swish", "the value times its hard_sigmoid", "x[...] * (min(max(x[...] + 3, 0), 6) / 6)", {},
                  "Howard et al. 2019"));
    add(pointwise(
        "scaled_softplus", "softplus(beta * x) / beta, and x where beta * x is above the threshold",
        "select(beta * x[...] > threshold, x[...], softplus(beta * x[...]) / beta)",
        {{"beta", 1, "how sharp the bend is; above 0", false, 1e-30}, {"threshold", 20, "where the line begins"}},
        "Dugas et al. 2001"));
    add(pointwise("softsign", "x / (1 + abs(x))", "x[...] / (1 + abs(x[...]))"));
    add(pointwise("tanh_shrink", "x - tanh(x)", "x[...] - tanh(x[...])"));
    add(pointwise("soft_shrink", "the value nearer to 0 by the limit, and 0 within the limit",
                  "select(x[...] > limit, x[...] - limit, select(x[...] < -limit, x[...] + limit, 0))",
                  {{"limit", 0.5, "up to which values become 0", false, 0}}));
    add(pointwise("hard_shrink", "the value, and 0 within the limit", "select(abs(x[...]) > limit, x[...], 0)",
                  {{"limit", 0.5, "up to which values become 0", false, 0}}));
    add(pointwise("log_sigmoid", "the logarithm of sigmoid(x)", "-softplus(-x[...])"));
    add(pointwise("threshold", "the value where it is above a threshold, else another one",
                  "select(x[...] > threshold, x[...], value)",
                  {{"threshold", 0, "up to which values are replaced"}, {"value", 0, "what takes their place"}}));
    add({.name = "prelu",
         .summary = "the positive part and a share of the negative one, a factor for each position along an axis",
         .signature = {"x[..., c]", "slope[c]"},
         .equations = "y[..., c] = select(x[..., c] > 0, x[..., c], slope[c] * x[..., c])",
         .source = "He et al. 2015",
         .examples = {"x: f32[batch 2, channel 3, height 4, width 5], slope: f32[channel 3]",
                      "x: f64[batch ?, feature 4], slope: f64[feature 4]"}});
    add({.name = "glu",
         .summary = "the first half of an axis times the sigmoid of the second",
         .signature = {"x[..., k: over]"},
         .constants = "HALF[] = floor(K / 2)\n",
         .requirements = {{"2 * HALF == K", "{x} has {K} positions along the axis, which have no two halves"}},
         .equations = "y[..., j] = x[..., j + 0] * sigmoid(x[..., j + HALF]) where j: HALF",
         .refuse_over = {{"batch", "it mixes the samples; over = channel or feature is meant"}},
         .takes_over = true,
         .source = "Dauphin et al. 2017",
         .examples = {"x: f32[batch ?, feature 6]; over = feature",
                      "x: f64[batch 2, channel 4, height 2, width 3]; over = channel"}});
}

}  // namespace ricci::ir
