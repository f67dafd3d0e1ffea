// Pooling by a power of the elements, and over whole images.
#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

Op whole_images(std::string name, std::string summary, const std::string& body) {
    return {
        .name = std::move(name),
        .summary = std::move(summary),
        .signature = {"x[b: batch, c: channel, h: height, w: width]"},
        .equations = "y[b, c] = " + body,
        .source = "Lin, Chen and Yan 2014",
        .examples = {"x: f32[batch ?, channel 3, height 4, width 5]", "x: f64[batch 2, height 3, width 2, channel 2]"}};
}

}  // namespace

void add_power_pooling_ops(std::vector<Op>& table) {
    table.push_back(whole_images("global_avg_pool2d", "the mean of each channel of each image",
                                 "sum(h, w) x[b, c, h, w] / (real(extent(h)) * real(extent(w)))"));
    table.push_back(whole_images("global_max_pool2d", "the largest element of each channel of each image",
                                 "max(h, w) x[b, c, h, w]"));
    // The root is kept away from 0, where its slope is infinite.
    table.push_back(
        {.name = "lp_pool1d",
         .summary = "the p-norm of each window of steps, as lp_pool2d",
         .signature = {"x[b: batch, c: channel, t: time]"},
         .constants = "S[] = select(stride == 0, window, stride)\nP[] = floor((T - window) / S) + 1\n",
         .requirements = {{"T >= window", "windows of {window} steps do not fit into {x}: time {T}"}},
         .equations = "powers[b, c, t] = sum(dt: tap_time window) pow(abs(x[b, c, S*t + dt]), p) where t: time P\n"
                      "y[b, c, t] = select(powers[b, c, t] > 0, pow(max(powers[b, c, t], 1e-37), 1 / p), 0)\n",
         .attributes = {{"window", OpAttribute::kRequired, "steps of a window", true, 1},
                        {"stride", 0, "steps from one window to the next; 0: the steps of a window", true, 0},
                        {"p", 2, "the power, at least 1", false, 1}},
         .examples = {"x: f32[batch 2, channel 3, time 8]; window = 2",
                      "x: f64[batch ?, time 7, channel 2]; window = 3, stride = 2, p = 3"}});
    table.push_back(
        {.name = "lp_pool2d",
         .summary = "the p-norm of each window: the p-th root of the sum of the p-th powers of the absolute values",
         .signature = {"x[b: batch, c: channel, h: height, w: width]"},
         .constants = "SH[] = select(stride_h == 0, window_h, stride_h)\n"
                      "SW[] = select(stride_w == 0, window_w, stride_w)\n"
                      "P[] = floor((H - window_h) / SH) + 1\n"
                      "Q[] = floor((W - window_w) / SW) + 1\n",
         .requirements = {{"H >= window_h", "windows of {window_h} rows do not fit into {x}: height {H}"},
                          {"W >= window_w", "windows of {window_w} columns do not fit into {x}: width {W}"}},
         .equations =
             "powers[b, c, y, x] = sum(dy: tap_h window_h, dx: tap_w window_w) pow(abs(x[b, c, SH*y + dy, SW*x + "
             "dx]), p) where y: height P, x: width Q\n"
             "y[b, c, y, x] = select(powers[b, c, y, x] > 0, pow(max(powers[b, c, y, x], 1e-37), 1 / p), 0)\n",
         .attributes = {{"window_h", OpAttribute::kRequired, "rows of a window", true, 1},
                        {"window_w", OpAttribute::kRequired, "columns of a window", true, 1},
                        {"stride_h", 0, "rows from one window to the next; 0: the rows of a window", true, 0},
                        {"stride_w", 0, "columns from one window to the next; 0: the columns of a window", true, 0},
                        {"p", 2, "the power, at least 1", false, 1}},
         .examples = {"x: f32[batch 2, channel 3, height 8, width 8]; window = 2",
                      "x: f64[batch ?, height 7, width 6, channel 2]; window = 3, stride = 2, p = 3"}});
}

}  // namespace ricci::ir
