// Ops that put a border around images.
#include "ir/ops/entries/entries.h"

namespace ricci::ir {

void add_padding_ops(std::vector<Op>& table) {
    table.push_back({.name = "pad",
                     .summary = "rows and columns of zeros around each image, as many at each side",
                     .signature = {"x[..., h: height, w: width]"},
                     .constants = "P[] = H + 2*size\n"
                                  "Q[] = W + 2*size\n",
                     .equations = "y[..., p, q] = pad(x[..., p - size, q - size], 0) where p: height P, q: width Q",
                     .attributes = {{"size", OpAttribute::kRequired, "rows and columns at each side", true, 0}},
                     .examples = {"x: f32[batch ?, channel 2, height 3, width 4]; size = 1",
                                  "x: f64[batch 2, width 3, height 2, channel 2]; size = 2",
                                  "x: f32[height 3, width 3]; size = 0"}});
}

}  // namespace ricci::ir
