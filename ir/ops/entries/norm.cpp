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
}

}  // namespace ricci::ir
