// Ops that move elements and compute nothing.
#include "ir/ops/entries/entries.h"

namespace ricci::ir {

void add_shape_ops(std::vector<Op>& table) {
    table.push_back(
        {.name = "flatten",
         .summary = "all axes but the batch as one of features, in the order channel, height, width, whatever the "
                    "layout",
         .signature = {"x[b: batch, r: rest]"},
         .equations = "y[b, (r, u)] = x[b, r] where u: feature 1",
         .examples = {"x: f32[batch ?, channel 3, height 4, width 5]", "x: f64[height 4, width 5, channel 3, batch 2]",
                      "x: f32[batch 2, channel 5]", "x: f32[batch ?, feature 5]"}});
    table.push_back(
        {.name = "unflatten",
         .summary = "an axis of features as channels, rows and columns: the way back from flatten",
         .signature = {"x[b: batch, f: feature]"},
         .requirements = {{"channel * height * width == F",
                           "{x} has {F} features (axis {x.f}), but channel {channel}, height {height} and width "
                           "{width} make {channel * height * width}"}},
         .equations = "y[b, c, h, w] = x[b, (c, h, w)] where c: channel channel, h: height height, w: width width",
         .attributes = {{"channel", OpAttribute::kRequired, "channels of the result", true, 1},
                        {"height", OpAttribute::kRequired, "rows of the result", true, 1},
                        {"width", OpAttribute::kRequired, "columns of the result", true, 1}},
         .examples = {"x: f32[batch ?, feature 24]; channel = 2, height = 3, width = 4",
                      "x: f64[batch 2, feature 6]; channel = 6, height = 1, width = 1"}});
    table.push_back(
        {.name = "transpose",
         .summary = "the two axes of a matrix exchanged",
         .signature = {"x[i, j]"},
         .equations = "y[j, i] = x[i, j]",
         .keep_order = true,
         .examples = {"x: f32[feature 3, feature 4]", "x: f64[batch 2, class 3]", "x: f32[batch ?, class 3]"}});
    table.push_back({.name = "move_last",
                     .summary = "the axis of a kind made the last: over = channel makes channel-last images",
                     .signature = {"x[..., k: over]"},
                     .equations = "y[..., k] = x[..., k]",
                     .takes_over = true,
                     .keep_order = true,
                     .examples = {"x: f32[batch ?, channel 2, height 3, width 4]; over = channel"}});
    table.push_back({.name = "move_first",
                     .summary = "the axis of a kind made the first",
                     .signature = {"x[..., k: over]"},
                     .equations = "y[k, ...] = x[..., k]",
                     .takes_over = true,
                     .keep_order = true,
                     .examples = {"x: f32[batch 2, height 3, width 4, channel 2]; over = channel"}});
}

}  // namespace ricci::ir
