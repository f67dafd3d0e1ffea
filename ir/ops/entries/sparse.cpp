// The product with a matrix of which only the elements that are not 0 are kept.
#include "ir/ops/entries/entries.h"

namespace ricci::ir {

void add_sparse_ops(std::vector<Op>& table) {
    table.push_back({.name = "sparse_matmul",
                     .summary = "a sparse matrix of `out` rows times x along an axis: entry n adds values[n] * x at columns[n] to "
                                "the result at rows[n]",
                     .signature = {"x[..., c: over]", "values[n]", "rows[n]", "columns[n]"},
                     // What an entry adds to lies side by side, whatever the order of x, and so in the gradient.
                     .equations = "turned[c, ...] = x[..., c]\n"
                                  "sums[r, ...] = sum(n, c) select(rows[n] == r && columns[n] == c, values[n] * turned[c, ...], 0) "
                                  "where r: over out\n"
                                  "y[..., r] = sums[r, ...]\n",
                     .attributes = {{"out", OpAttribute::kRequired, "rows of the matrix: positions along the axis of the result",
                                     true, 1}},
                     .refuse_over = {{"batch", "it would mix the samples of a batch"}},
                     .takes_over = true,
                     .as_written = {"turned", "sums"},
                     .integers = {"rows", "columns"},
                     .positions = {{"columns", "c"}, {"rows", "over out"}},
                     .source = "Tinney and Walker 1967",
                     .examples = {"x: f32[batch ?, feature 5], values: f32[entry 7], rows: i32[entry 7], columns: i32[entry 7]; "
                                  "out = 4, over = feature",
                                  "x: f64[feature 3, time 4], values: f64[entry 5], rows: i64[entry 5], columns: i32[entry 5]; "
                                  "out = 6, over = feature",
                                  "x: f32[batch 2, channel 2, width 3], values: f32[entry 4], rows: i32[entry 4], columns: "
                                  "i32[entry 4]; out = 2, over = width"}});
    table.push_back({.name = "row_sparse_matmul",
                     .summary = "sparse_matmul where all rows have as many entries: entry k of row r adds values[r, k] * x at "
                                "columns[r, k]",
                     .signature = {"x[..., c: over]", "values[r: over, k]", "columns[r, k]"},
                     // A row's sum stays in registers; what an entry reads lies side by side.
                     .equations = "turned[c, ...] = x[..., c]\n"
                                  "sums[r, ...] = sum(k, c) select(columns[r, k] == c, values[r, k] * turned[c, ...], 0)\n"
                                  "y[..., r] = sums[r, ...]\n",
                     .refuse_over = {{"batch", "it would mix the samples of a batch"}},
                     .takes_over = true,
                     .as_written = {"turned", "sums"},
                     .integers = {"columns"},
                     .positions = {{"columns", "c"}},
                     .source = "Grimes, Kincaid and Young 1979 (ELLPACK)",
                     .examples = {"x: f32[batch ?, feature 5], values: f32[feature 4, entry 2], columns: i32[feature 4, entry 2]; "
                                  "over = feature",
                                  "x: f64[feature 3, time 4], values: f64[feature 6, entry 3], columns: i64[feature 6, entry 3]; "
                                  "over = feature",
                                  "x: f32[batch 2, channel 2, width 3], values: f32[width 2, entry 1], columns: i32[width 2, "
                                  "entry 1]; over = width"}});
}

}  // namespace ricci::ir
