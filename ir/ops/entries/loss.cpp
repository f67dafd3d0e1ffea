// Softmax and the losses, which are a number for each sample: mean(loss) makes one number of them.
#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

// The maximum is subtracted so that no exponential overflows; it cancels, so its derivative is left out.
const char* const kPeak = "peak[...] = max(k) x[..., k]\n";

Op over_classes(std::string name, std::string summary, const std::string& equations) {
    return {.name = std::move(name),
            .summary = std::move(summary),
            .signature = {"x[..., k: over]"},
            .equations = kPeak + equations,
            .refuse_over = {{"batch",
                             "it mixes the samples; over = class is the axis of the classes; if the batch is meant, "
                             "write it with indices"}},
            .takes_over = true,
            .examples = {"x: f32[batch ?, class 4]; over = class",
                         "x: f64[batch 2, channel 3, height 2, width 2]; over = channel"}};
}

Op softmax_cross_entropy() {
    const std::string total = std::string(kPeak) + "total[...] = sum(k) exp(x[..., k] - stop_gradient(peak[...]))\n";
    return {
        .name = "softmax_cross_entropy",
        .summary = "-log of the softmax at the label, for each sample",
        .signature = {"x[..., k: class]", "labels[...]"},
        .equations = total +
                     "target[...] = sum(k) (select(labels[...] == k, 1 - label_smoothing, 0) + label_smoothing / "
                     "real(extent(k))) "
                     "* x[..., k]\n"
                     "y[...] = log(total[...]) + (stop_gradient(peak[...]) - target[...])\n",
        .cases = {{"label_smoothing == 0", total +
                                               "target[...] = sum(k) select(labels[...] == k, x[..., k], 0)\n"
                                               "y[...] = log(total[...]) + (stop_gradient(peak[...]) - target[...])\n"}},
        .attributes = {{"label_smoothing", 0, "share of the target that is spread over all classes", false, 0}},
        .integers = {"labels"},
        .positions = {{"labels", "k"}},
        .source = "Szegedy et al. 2016, section 7, for label_smoothing",
        .examples = {"x: f32[batch ?, class 4], labels: i32[batch ?]",
                     "x: f64[batch 3, class 5], labels: i64[batch 3]; label_smoothing = 0.1",
                     "x: f32[batch 2, class 3, height 2, width 2], labels: i32[batch 2, height 2, width 2]"},
    };
}

/// The mean over all axes but the batch of a function of x and target.
Op per_sample(std::string name, std::string summary, const std::string& term, std::vector<OpAttribute> attributes = {},
              std::string source = "") {
    return {.name = std::move(name),
            .summary = std::move(summary) + ", the mean for each sample",
            .signature = {"x[b: batch, r: rest]", "target[b: batch, r]"},
            .equations = "y[b] = sum(r) " + term + " / real(extent(r))",
            .attributes = std::move(attributes),
            .source = std::move(source),
            .examples = {"x: f32[batch ?, feature 4], target: f32[batch ?, feature 4]",
                         "x: f64[batch 2, channel 3, height 2], target: f64[batch 2, height 2, channel 3]",
                         "x: f32[batch ?], target: f32[batch ?]"}};
}

}  // namespace

void add_losses(std::vector<Op>& table) {
    table.push_back(over_classes("softmax", "positive numbers of sum 1, in the proportion of exp(x)",
                                 "power[..., k] = exp(x[..., k] - stop_gradient(peak[...]))\n"
                                 "total[...] = sum(k) power[..., k]\n"
                                 "y[..., k] = power[..., k] / total[...]\n"));
    table.push_back(over_classes("log_softmax", "the logarithm of softmax",
                                 "total[...] = sum(k) exp(x[..., k] - stop_gradient(peak[...]))\n"
                                 "y[..., k] = x[..., k] - stop_gradient(peak[...]) - log(total[...])\n"));
    table.push_back(softmax_cross_entropy());
    table.push_back(
        per_sample("mse", "the squared difference", "((x[b, r] - target[b, r]) * (x[b, r] - target[b, r]))"));
    table.push_back(per_sample("l1", "the absolute difference", "abs(x[b, r] - target[b, r])"));
    table.push_back(per_sample("huber", "half the squared difference, linear beyond delta",
                               "select(abs(x[b, r] - target[b, r]) <= delta, 0.5 * (x[b, r] - target[b, r]) * "
                               "(x[b, r] - target[b, r]), delta * (abs(x[b, r] - target[b, r]) - 0.5 * delta))",
                               {{"delta", 1, "the difference where the square ends", false, 0}}, "Huber 1964"));
    table.push_back(per_sample("bce_with_logits",
                               "the binary cross-entropy of sigmoid(x) and a target from 0 to 1, without overflow",
                               "(target[b, r] * softplus(-x[b, r]) + (1 - target[b, r]) * softplus(x[b, r]))"));
}

}  // namespace ricci::ir
