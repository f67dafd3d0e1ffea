// Losses of numbers: a number for each sample, of which mean(loss) makes one.
#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

/// A reduction over all axes but the batch of a function of x and target.
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

// Below this a probability counts as this: its logarithm is finite, and so is one over it in f32.
const char* const kLeast = "1e-38";

std::string log_of(const std::string& probability) {
    return "log(max(" + probability + ", " + kLeast + "))";
}

OpAttribute margin() {
    return {"margin", 1, "how far apart is far enough"};
}

}  // namespace

void add_distance_losses(std::vector<Op>& table) {
    auto add = [&](Op op) { table.push_back(std::move(op)); };
    const std::string apart = "(x[b, r] - target[b, r])";
    add(per_sample("mse", "the squared difference", "(" + apart + " * " + apart + ")"));
    add(per_sample("l1", "the absolute difference", "abs(x[b, r] - target[b, r])"));
    add(per_sample("huber", "half the squared difference, linear beyond delta",
                   "select(abs(x[b, r] - target[b, r]) <= delta, 0.5 * " + apart + " * " + apart +
                       ", delta * (abs(x[b, r] - target[b, r]) - 0.5 * delta))",
                   {{"delta", 1, "the difference where the square ends", false, 0}}, "Huber 1964"));
    add(per_sample(
        "smooth_l1", "huber over beta: the slope far out is 1",
        "select(abs" + apart + " < beta, 0.5 * " + apart + " * " + apart + " / beta, abs" + apart + " - 0.5 * beta)",
        {{"beta", 1, "the difference where the square ends; above 0", false, 1e-30}}, "Girshick 2015"));
    add(per_sample("bce", "the binary cross-entropy of a probability and a target from 0 to 1",
                   "-(target[b, r] * " + log_of("x[b, r]") + " + (1 - target[b, r]) * " + log_of("1 - x[b, r]") + ")"));
    add(per_sample("bce_with_logits",
                   "the binary cross-entropy of sigmoid(x) and a target from 0 to 1, without overflow",
                   "(target[b, r] * softplus(-x[b, r]) + (1 - target[b, r]) * softplus(x[b, r]))"));
    add(per_sample("soft_margin", "the logarithm of 1 + exp(-target * x), of targets 1 and -1",
                   "softplus(-target[b, r] * x[b, r])"));
    add(per_sample("hinge", "by how much target * x is below the margin, of targets 1 and -1",
                   "max(margin - target[b, r] * x[b, r], 0)", {margin()}, "Cortes and Vapnik 1995"));
    add(per_sample("hinge_embedding", "a distance, of targets 1; of others by how much it is below the margin",
                   "select(target[b, r] == 1, x[b, r], max(margin - x[b, r], 0))", {margin()}));
    Op kl = per_sample("kl_div", "the divergence of a distribution, the target, from exp(x)",
                       "target[b, r] * (" + log_of("target[b, r]") + " - x[b, r])", {}, "Kullback and Leibler 1951");
    kl.summary = "the divergence of a distribution, the target, from exp(x): the sum for each sample";
    kl.equations.resize(kl.equations.find(" / real(extent(r))"));
    add(std::move(kl));
    add({.name = "cosine_embedding",
         .summary =
             "1 minus the cosine between two vectors, of targets 1; of others by how much it is above the margin",
         .signature = {"a[b: batch, r: rest]", "c[b: batch, r]", "target[b: batch]"},
         .equations = "product[b] = sum(r) a[b, r] * c[b, r]\n"
                      "first[b] = sum(r) a[b, r] * a[b, r]\n"
                      "second[b] = sum(r) c[b, r] * c[b, r]\n"
                      "cosine[b] = product[b] / (sqrt(first[b] + eps) * sqrt(second[b] + eps))\n"
                      "y[b] = select(target[b] == 1, 1 - cosine[b], max(cosine[b] - margin, 0))\n",
         .attributes = {{"margin", 0, "the cosine up to which vectors are far enough apart"},
                        {"eps", 1e-12, "added to the squares of both lengths, so that nothing is divided by 0", false,
                         0}},
         .examples = {
             "a: f32[batch ?, feature 4], c: f32[batch ?, feature 4], target: f32[batch ?]",
             "a: f64[batch 2, channel 2, height 2], c: f64[batch 2, channel 2, height 2], target: f64[batch 2]"}});
    add({.name = "triplet_margin",
         .summary = "by how much the anchor is nearer to the negative than the positive and the margin allow",
         .signature = {"anchor[b: batch, r: rest]", "positive[b: batch, r]", "negative[b: batch, r]"},
         .equations = "near[b] = sum(r) (anchor[b, r] - positive[b, r] + eps) * (anchor[b, r] - positive[b, r] + eps)\n"
                      "far[b] = sum(r) (anchor[b, r] - negative[b, r] + eps) * (anchor[b, r] - negative[b, r] + eps)\n"
                      "y[b] = max(sqrt(near[b]) - sqrt(far[b]) + margin, 0)\n",
         .attributes = {margin(), {"eps", 1e-6, "added to each difference, so that a distance has a slope", false, 0}},
         .source = "Balntas et al. 2016",
         .examples = {
             "anchor: f32[batch ?, feature 4], positive: f32[batch ?, feature 4], negative: f32[batch ?, feature 4]",
             "anchor: f64[batch 2, feature 3], positive: f64[batch 2, feature 3], negative: f64[batch 2, feature 3]; "
             "margin = 2"}});
    add({.name = "margin_ranking",
         .summary = "by how much a is not above c by the margin, of targets 1; below it, of targets -1",
         .signature = {"a[...]", "c[...]", "target[...]"},
         .equations = "y[...] = max(margin - target[...] * (a[...] - c[...]), 0)",
         .attributes = {{"margin", 0, "how far apart is far enough"}},
         .examples = {"a: f32[batch ?], c: f32[batch ?], target: f32[batch ?]"}});
}

}  // namespace ricci::ir
