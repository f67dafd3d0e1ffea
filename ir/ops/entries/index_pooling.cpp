// Pooling that says where the largest elements are, and the way back.
#include <fmt/format.h>

#include <algorithm>

#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

/// The places of what a pool gives, with its attributes and windows. A window of -inf alone may begin in the padding; its
/// first element inside is then named.
Op indices_of(const std::vector<Op>& table, std::string_view name, std::string summary, std::string equations) {
    Op op = *std::ranges::find(table, name, &Op::name);
    op.name += "_indices";
    op.summary = std::move(summary);
    op.gradients = {};
    op.equations = std::move(equations);
    return op;
}

/// The way back: what all of them have.
Op unpool(Op op) {
    op.summary += fmt::format(" of zeros but where ids say, as max_pool{}_indices gives them; elements that meet are added",
                              op.name.substr(op.name.size() - 2));
    op.integers = {"ids"};
    op.source = "Zeiler and Fergus 2014, section 2.1";
    return op;
}

OpAttribute size(const char* name) {
    return {name, OpAttribute::kRequired, fmt::format("{} of the result", name), true, 1};
}

}  // namespace

void add_index_pooling_ops(std::vector<Op>& table) {
    table.push_back(indices_of(table, "max_pool1d", "where max_pool1d found the largest element: the step, as i64",
                               "place[b, c, t] = argmax(dt: tap_time window) pad(x[b, c, ST*t + dilation*dt - pad_before], -inf) where t: time PT\n"
                               "y[b, c, t] = max(index(ST*t - pad_before) + dilation*place[b, c, t], 0)\n"));
    table.push_back(indices_of(
        table, "max_pool2d", "where max_pool2d found the largest element: row * width + column, as i64",
        "place[b, c, y, x] = argmax(dy: tap_h window_h, dx: tap_w window_w) pad(x[b, c, SH*y + dilation_h*dy - pad_top, "
        "SW*x + dilation_w*dx - pad_left], -inf) where y: height PH, x: width PW\n"
        "y[b, c, y, x] = max(index(SH*y - pad_top) + dilation_h*(place[b, c, y, x] / window_w), 0) * W + "
        "max(index(SW*x - pad_left) + dilation_w*mod(place[b, c, y, x], window_w), 0)\n"));
    table.push_back(indices_of(
        table, "max_pool3d", "where max_pool3d found the largest element: (slice * height + row) * width + column, as i64",
        "place[b, c, z, y, x] = argmax(dz: tap_depth window_d, dy: tap_h window_h, dx: tap_w window_w) pad(x[b, c, SD*z + "
        "dilation_d*dz - pad_front, SH*y + dilation_h*dy - pad_top, SW*x + dilation_w*dx - pad_left], -inf) where z: depth PD, "
        "y: height PH, x: width PW\n"
        "y[b, c, z, y, x] = (max(index(SD*z - pad_front) + dilation_d*(place[b, c, z, y, x] / (window_h*window_w)), 0) * H + "
        "max(index(SH*y - pad_top) + dilation_h*mod(place[b, c, z, y, x] / window_w, window_h), 0)) * W + "
        "max(index(SW*x - pad_left) + dilation_w*mod(place[b, c, z, y, x], window_w), 0)\n"));
    table.push_back(unpool(
        {.name = "max_unpool1d",
         .summary = "a sequence",
         .signature = {"x[b: batch, c: channel, p: time]", "ids[b, c, p]"},
         .constants = "TOTAL[] = steps\n",
         .equations = "y[b, c, t] = sum(p) select(ids[b, c, p] == t, x[b, c, p], 0) where t: time TOTAL\n",
         .attributes = {size("steps")},
         .positions = {{"ids", "time TOTAL"}},
         .examples = {"x: f32[batch 2, channel 3, time 3], ids: i64[batch 2, channel 3, time 3]; steps = 6",
                      "x: f64[batch ?, time 2, channel 2], ids: i32[batch ?, time 2, channel 2]; steps = 5"}}));
    table.push_back(unpool(
        {.name = "max_unpool2d",
         .summary = "an image",
         .signature = {"x[b: batch, c: channel, p: height, q: width]", "ids[b, c, p, q]"},
         .constants = "TOTAL[] = rows * columns\n",
         .equations = "flat[b, c, k] = sum(p, q) select(ids[b, c, p, q] == k, x[b, c, p, q], 0) where k: feature TOTAL\n"
                      "y[b, c, h, w] = flat[b, c, (h, w)] where h: height rows, w: width columns\n",
         .attributes = {size("rows"), size("columns")},
         .positions = {{"ids", "feature TOTAL"}},
         .examples = {"x: f32[batch 2, channel 3, height 2, width 3], ids: i64[batch 2, channel 3, height 2, width 3]; rows = 4, "
                      "columns = 6",
                      "x: f64[batch ?, height 2, width 2, channel 2], ids: i32[batch ?, height 2, width 2, channel 2]; rows = 3, "
                      "columns = 5"}}));
    table.push_back(unpool(
        {.name = "max_unpool3d",
         .summary = "a volume",
         .signature = {"x[b: batch, c: channel, o: depth, p: height, q: width]", "ids[b, c, o, p, q]"},
         .constants = "TOTAL[] = slices * rows * columns\n",
         .equations = "flat[b, c, k] = sum(o, p, q) select(ids[b, c, o, p, q] == k, x[b, c, o, p, q], 0) where k: feature TOTAL\n"
                      "y[b, c, d, h, w] = flat[b, c, (d, h, w)] where d: depth slices, h: height rows, w: width columns\n",
         .attributes = {size("slices"), size("rows"), size("columns")},
         .positions = {{"ids", "feature TOTAL"}},
         .examples = {"x: f32[batch 2, channel 2, depth 1, height 2, width 3], ids: i64[batch 2, channel 2, depth 1, height 2, "
                      "width 3]; slices = 2, rows = 4, columns = 6",
                      "x: f64[batch ?, depth 2, height 2, width 1, channel 2], ids: i32[batch ?, depth 2, height 2, width 1, "
                      "channel 2]; slices = 3, rows = 2, columns = 2"}}));
}

}  // namespace ricci::ir
