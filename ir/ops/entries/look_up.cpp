// Elements of a tensor by ids, and the losses of classes that leave an id out.
#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

const char* const kScores = "x[..., k: class]";

OpAttribute ignored() { return {"ignored", -100, "the label that counts for nothing", true}; }

/// A loss of labels with a factor for each class. A label that is ignored may be no class.
Op of_labels(std::string name, std::string summary, std::vector<std::string> signature, std::string equations,
             std::vector<OpAttribute> attributes) {
    attributes.insert(attributes.begin(), ignored());
    return {.name = std::move(name),
            .summary = std::move(summary),
            .signature = std::move(signature),
            .equations = std::move(equations),
            .attributes = std::move(attributes),
            .integers = {"labels"},
            .positions = {{"labels", "k"}},
            .ignored_by = "ignored",
            .examples = {}};
}

}  // namespace

void add_look_ups(std::vector<Op>& table) {
    table.push_back({.name = "gather",
                     .summary = "the elements of x along an axis that the ids number; axes of both go together, the others of "
                                "the ids come first",
                     .signature = {"ids[...]", "x[..., k: over]"},
                     .equations = "y[...] = sum(k) select(ids[...] == k, x[..., k], 0)",
                     .takes_over = true,
                     .integers = {"ids"},
                     .positions = {{"ids", "k"}},
                     .examples = {"ids: i32[batch ?, time 3], x: f32[class 5, feature 4]; over = class",
                                  "ids: i64[batch 3], x: f64[batch 3, class 4]; over = class",
                                  "ids: i32[feature 2], x: f32[batch ?, channel 3, height 2]; over = channel"}});
    Op weights = of_labels("label_weights", "the factor of the class of each label, and 0 where it is ignored",
                           {"labels[...]", "weight[k: class]"},
                           "y[...] = select(labels[...] == ignored, 0, sum(k) select(labels[...] == k, weight[k], 0))", {});
    weights.examples = {"labels: i32[batch ?], weight: f32[class 4]",
                        "labels: i64[batch 2, height 3], weight: f64[class 3]; ignored = 1"};
    table.push_back(std::move(weights));
    Op nll = of_labels("ignoring_nll",
                       "nll with a factor for each class, and 0 where a label is ignored; PyTorch's mean is its sum over that "
                       "of label_weights",
                       {kScores, "labels[...]", "weight[k]"},
                       "y[...] = select(labels[...] == ignored, 0, -(sum(k) select(labels[...] == k, weight[k] * x[..., k], 0)))",
                       {});
    nll.examples = {"x: f32[batch ?, class 4], labels: i32[batch ?], weight: f32[class 4]",
                    "x: f64[batch 2, class 3, height 2], labels: i64[batch 2, height 2], weight: f64[class 3]; ignored = 0"};
    table.push_back(std::move(nll));
    Op entropy = of_labels(
        "ignoring_cross_entropy",
        "weighted_softmax_cross_entropy, and 0 where a label is ignored; PyTorch's mean is its sum over that of label_weights",
        {kScores, "labels[...]", "weight[k]"},
        "peak[...] = max(k) x[..., k]\n"
        "total[...] = sum(k) exp(x[..., k] - stop_gradient(peak[...]))\n"
        "all[...] = log(total[...])\n"
        "y[...] = select(labels[...] == ignored, 0, sum(k) weight[k] * (select(labels[...] == k, 1 - label_smoothing, 0) + "
        "label_smoothing / real(extent(k))) * (all[...] + (stop_gradient(peak[...]) - x[..., k])))\n",
        {{"label_smoothing", 0, "share of the target that is spread over all classes", false, 0}});
    entropy.examples = {"x: f32[batch ?, class 4], labels: i32[batch ?], weight: f32[class 4]",
                        "x: f64[batch 3, class 5], labels: i64[batch 3], weight: f64[class 5]; label_smoothing = 0.1, ignored = 2"};
    table.push_back(std::move(entropy));
}

}  // namespace ricci::ir
