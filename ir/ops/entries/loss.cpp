// Softmax and the losses of classes, which are a number for each sample: mean(loss) makes one number of them.
#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

// The maximum is subtracted so that no exponential overflows; it cancels, so its derivative is left out.
const char* const kPeak = "peak[...] = max(k) x[..., k]\n";

Op over_classes(std::string name, std::string summary, const std::string& equations, const std::string& peak = kPeak) {
    return {.name = std::move(name),
            .summary = std::move(summary),
            .signature = {"x[..., k: over]"},
            .equations = peak + equations,
            .refuse_over = {{"batch",
                             "it mixes the samples; over = class is the axis of the classes; if the batch is meant, "
                             "write it with indices"}},
            .takes_over = true,
            .examples = {"x: f32[batch ?, class 4]; over = class",
                         "x: f64[batch 2, channel 3, height 2, width 2]; over = channel"}};
}

OpAttribute smoothing() {
    return {"label_smoothing", 0, "share of the target that is spread over all classes", false, 0};
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
        .attributes = {smoothing()},
        .integers = {"labels"},
        .positions = {{"labels", "k"}},
        .source = "Szegedy et al. 2016, section 7, for label_smoothing",
        .examples = {"x: f32[batch ?, class 4], labels: i32[batch ?]",
                     "x: f64[batch 3, class 5], labels: i64[batch 3]; label_smoothing = 0.1",
                     "x: f32[batch 2, class 3, height 2, width 2], labels: i32[batch 2, height 2, width 2]"},
    };
}

// The logarithm of the sum of exp(x), less the largest x: a class's loss is this and the distance of its score from the
// largest. Added in this order, a small loss keeps its digits beside large scores.
std::string log_of_sum() {
    return std::string(kPeak) +
           "total[...] = sum(k) exp(x[..., k] - stop_gradient(peak[...]))\n"
           "all[...] = log(total[...])\n";
}

Op soft_cross_entropy() {
    return {.name = "soft_cross_entropy",
            .summary = "softmax_cross_entropy with a target for each class, a distribution in place of a label",
            .signature = {"x[..., k: class]", "target[..., k]"},
            .equations = log_of_sum() +
                         "y[...] = sum(k) ((1 - label_smoothing) * target[..., k] + label_smoothing / "
                         "real(extent(k))) * (all[...] + (stop_gradient(peak[...]) - x[..., k]))\n",
            .attributes = {smoothing()},
            .examples = {"x: f32[batch ?, class 4], target: f32[batch ?, class 4]",
                         "x: f64[batch 3, class 5], target: f64[batch 3, class 5]; label_smoothing = 0.1"}};
}

Op weighted_softmax_cross_entropy() {
    return {
        .name = "weighted_softmax_cross_entropy",
        .summary =
            "softmax_cross_entropy with a factor for each class. PyTorch's mean of it is the sum over the sum of the "
            "factors at the labels",
        .signature = {"x[..., k: class]", "labels[...]", "weight[k]"},
        .equations = log_of_sum() +
                     "y[...] = sum(k) weight[k] * (select(labels[...] == k, 1 - label_smoothing, 0) + "
                     "label_smoothing / real(extent(k))) * (all[...] + (stop_gradient(peak[...]) - x[..., k]))\n",
        .attributes = {smoothing()},
        .integers = {"labels"},
        .positions = {{"labels", "k"}},
        .examples = {"x: f32[batch ?, class 4], labels: i32[batch ?], weight: f32[class 4]",
                     "x: f64[batch 3, class 5], labels: i64[batch 3], weight: f64[class 5]; label_smoothing = 0.1"}};
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
    table.push_back(over_classes("softmin", "softmax of the negatives",
                                 "power[..., k] = exp(stop_gradient(peak[...]) - x[..., k])\n"
                                 "total[...] = sum(k) power[..., k]\n"
                                 "y[..., k] = power[..., k] / total[...]\n",
                                 "peak[...] = min(k) x[..., k]\n"));
    table.push_back(softmax_cross_entropy());
    table.push_back(soft_cross_entropy());
    table.push_back(weighted_softmax_cross_entropy());
    table.push_back(
        {.name = "nll",
         .summary = "minus the logarithm at the label, for each sample: x is what log_softmax gives",
         .signature = {"x[..., k: class]", "labels[...]"},
         .equations = "y[...] = -(sum(k) select(labels[...] == k, x[..., k], 0))",
         .integers = {"labels"},
         .positions = {{"labels", "k"}},
         .examples = {"x: f32[batch ?, class 4], labels: i32[batch ?]",
                      "x: f64[batch 2, class 3, height 2, width 2], labels: i64[batch 2, height 2, width 2]"}});
    table.push_back(
        {.name = "multi_margin",
         .summary = "by how much the scores of other classes come nearer to that of the label than the margin: "
                    "the mean over the classes",
         .signature = {"x[..., k: class]", "labels[...]"},
         .equations = "own[...] = sum(k) select(labels[...] == k, x[..., k], 0)\n"
                      "y[...] = sum(k) select(labels[...] == k, 0, max(margin - own[...] + x[..., k], 0)) / "
                      "real(extent(k))\n",
         .attributes = {{"margin", 1, "by how much the label's score should be the largest"}},
         .integers = {"labels"},
         .positions = {{"labels", "k"}},
         .source = "Crammer and Singer 2001",
         .examples = {"x: f32[batch ?, class 4], labels: i32[batch ?]"}});
}

}  // namespace ricci::ir
