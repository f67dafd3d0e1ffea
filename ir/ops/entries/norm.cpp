// Normalisation: the mean made 0 and the variance 1, then scaled by w and shifted by b.
#include "ir/ops/entries/entries.h"

namespace ricci::ir {

void add_norms(std::vector<Op>& table) {
    const OpAttribute eps = {"eps", 1e-5, "added to the variance, so that nothing is divided by 0", false, 0};
    table.push_back(
        {.name = "batch_norm",
         .summary = "each channel (the axis of w) normalised over all other axes, the batch among them: the training "
                    "mode, with the statistics of the batch",
         .signature = {"x[c, r: rest]", "w[c]", "b[c]"},
         .equations = "mean[c] = sum(r) x[c, r] / real(extent(r))\n"
                      "variance[c] = sum(r) (x[c, r] - mean[c]) * (x[c, r] - mean[c]) / real(extent(r))\n"
                      "y[c, r] = (x[c, r] - mean[c]) / sqrt(variance[c] + eps) * w[c] + b[c]\n",
         .attributes = {eps},
         .source = "Ioffe and Szegedy 2015",
         .examples = {"x: f32[batch 3, channel 2, height 2, width 3], w: f32[channel 2], b: f32[channel 2]",
                      "x: f64[batch 3, height 2, width 3, channel 2], w: f64[channel 2], b: f64[channel 2]",
                      "x: f32[batch ?, feature 4], w: f32[feature 4], b: f32[feature 4]"}});
    table.push_back(
        {.name = "layer_norm",
         .summary = "each sample normalised over the axes of w",
         .signature = {"x[..., r]", "w[r: rest]", "b[r]"},
         .equations = "mean[...] = sum(r) x[..., r] / real(extent(r))\n"
                      "variance[...] = sum(r) (x[..., r] - mean[...]) * (x[..., r] - mean[...]) / real(extent(r))\n"
                      "y[..., r] = (x[..., r] - mean[...]) / sqrt(variance[...] + eps) * w[r] + b[r]\n",
         .attributes = {eps},
         .source = "Ba, Kiros and Hinton 2016",
         .examples = {"x: f32[batch ?, feature 5], w: f32[feature 5], b: f32[feature 5]",
                      "x: f64[batch 2, time 3, feature 4], w: f64[feature 4], b: f64[feature 4]",
                      "x: f32[batch 2, height 2, width 2, channel 3], w: f32[channel 3, height 2, width 2], "
                      "b: f32[height 2, width 2, channel 3]"}});
    table.push_back(
        {.name = "group_norm",
         .summary = "each group of channels of each sample normalised, with a scale and a shift for each channel",
         .signature = {"x[b: batch, c: channel, r: rest]", "w[c]", "shift[c]"},
         .constants = "IN[] = floor(C / groups)\n",
         .requirements = {{"groups * IN == C",
                           "{x} has {C} channels (axis {x.c}), which groups = {groups} does not divide"}},
         .equations =
             "mean[b, g] = sum(i: channel IN, r) x[b, (g, i), r] / (IN * real(extent(r))) where g: channel groups\n"
             "variance[b, g] = sum(i: channel IN, r) (x[b, (g, i), r] - mean[b, g]) * (x[b, (g, i), r] - mean[b, g]) / "
             "(IN * real(extent(r))) where g: channel groups\n"
             "y[b, (g, i), r] = (x[b, (g, i), r] - mean[b, g]) / sqrt(variance[b, g] + eps) * w[(g, i)] + shift[(g, "
             "i)] "
             "where g: channel groups, i: channel IN\n",
         .attributes = {{"groups", OpAttribute::kRequired, "parts that the channels are split into", true, 1}, eps},
         .source = "Wu and He 2018",
         .examples = {
             "x: f32[batch 2, channel 4, height 2, width 3], w: f32[channel 4], shift: f32[channel 4]; groups = 2",
             "x: f64[batch ?, height 2, width 3, channel 6], w: f64[channel 6], shift: f64[channel 6]; groups = 3"}});
    table.push_back(
        {.name = "instance_norm",
         .summary = "each channel of each sample normalised",
         .signature = {"x[b: batch, c: channel, r: rest]", "w[c]", "shift[c]"},
         .equations =
             "mean[b, c] = sum(r) x[b, c, r] / real(extent(r))\n"
             "variance[b, c] = sum(r) (x[b, c, r] - mean[b, c]) * (x[b, c, r] - mean[b, c]) / real(extent(r))\n"
             "y[b, c, r] = (x[b, c, r] - mean[b, c]) / sqrt(variance[b, c] + eps) * w[c] + shift[c]\n",
         .attributes = {eps},
         .source = "Ulyanov, Vedaldi and Lempitsky 2016",
         .examples = {"x: f32[batch 2, channel 3, height 2, width 3], w: f32[channel 3], shift: f32[channel 3]",
                      "x: f64[batch ?, height 3, width 3, channel 2], w: f64[channel 2], shift: f64[channel 2]"}});
    table.push_back({.name = "rms_norm",
                     .summary = "each sample over the root of its mean square over the axes of w, times w",
                     .signature = {"x[..., r]", "w[r: rest]"},
                     .equations = "square[...] = sum(r) x[..., r] * x[..., r] / real(extent(r))\n"
                                  "y[..., r] = x[..., r] / sqrt(square[...] + eps) * w[r]\n",
                     .attributes = {eps},
                     .source = "Zhang and Sennrich 2019",
                     .examples = {"x: f32[batch ?, feature 5], w: f32[feature 5]",
                                  "x: f64[batch 2, time 3, feature 4], w: f64[feature 4]"}});
    table.push_back(
        {.name = "local_response_norm",
         .summary = "each element over a power of the squares of the channels around it",
         .signature = {"x[b: batch, c: channel, r: rest]"},
         .constants = "BEFORE[] = floor(size / 2)\n",
         .equations =
             "square[b, c, r] = sum(d: tap_channel size) pad(x[b, c + d - BEFORE, r], 0) * pad(x[b, c + d - BEFORE, "
             "r], 0) where c: channel C\n"
             "y[b, c, r] = x[b, c, r] / pow(k + alpha / size * square[b, c, r], beta)\n",
         .attributes = {{"size", OpAttribute::kRequired, "channels of a window", true, 1},
                        {"alpha", 1e-4, "factor of the mean square"},
                        {"beta", 0.75, "the power"},
                        {"k", 1, "added to the mean square"}},
         .source = "Krizhevsky, Sutskever and Hinton 2012",
         .examples = {"x: f32[batch 2, channel 5, height 2, width 3]; size = 3",
                      "x: f64[batch ?, height 2, width 2, channel 4]; size = 4, alpha = 0.5"}});
}

}  // namespace ricci::ir
