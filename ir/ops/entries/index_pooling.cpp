// Pooling that says where the largest elements are, and the way back.
#include <algorithm>

#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

/// The places of what max_pool2d gives, with its attributes and windows.
Op indices_of(const Op& pool) {
    Op op = pool;
    op.name = "max_pool2d_indices";
    op.summary = "where max_pool2d found the largest element: row * width + column, as i64";
    op.gradients = {};
    // A window of -inf alone may begin in the padding; its first element in the image is then named.
    op.equations =
        "place[b, c, y, x] = argmax(dy: tap_h window_h, dx: tap_w window_w) pad(x[b, c, SH*y + dilation_h*dy - pad_top, "
        "SW*x + dilation_w*dx - pad_left], -inf) where y: height P, x: width Q\n"
        "y[b, c, y, x] = max(index(SH*y - pad_top) + dilation_h*(place[b, c, y, x] / window_w), 0) * W + "
        "max(index(SW*x - pad_left) + dilation_w*mod(place[b, c, y, x], window_w), 0)\n";
    return op;
}

}  // namespace

void add_index_pooling_ops(std::vector<Op>& table) {
    const auto pool = std::ranges::find(table, "max_pool2d", &Op::name);
    table.push_back(indices_of(*pool));
    table.push_back(
        {.name = "max_unpool2d",
         .summary = "an image of zeros but where ids say, as max_pool2d_indices gives them; elements that meet are added",
         .signature = {"x[b: batch, c: channel, p: height, q: width]", "ids[b, c, p, q]"},
         .constants = "TOTAL[] = rows * columns\n",
         .equations = "flat[b, c, k] = sum(p, q) select(ids[b, c, p, q] == k, x[b, c, p, q], 0) where k: feature TOTAL\n"
                      "y[b, c, h, w] = flat[b, c, (h, w)] where h: height rows, w: width columns\n",
         .attributes = {{"rows", OpAttribute::kRequired, "rows of the result", true, 1},
                        {"columns", OpAttribute::kRequired, "columns of the result", true, 1}},
         .integers = {"ids"},
         .source = "Zeiler and Fergus 2014, section 2.1",
         .examples = {"x: f32[batch 2, channel 3, height 2, width 3], ids: i64[batch 2, channel 3, height 2, width 3]; rows = 4, "
                      "columns = 6",
                      "x: f64[batch ?, height 2, width 2, channel 2], ids: i32[batch ?, height 2, width 2, channel 2]; rows = 3, "
                      "columns = 5"}});
}

}  // namespace ricci::ir
