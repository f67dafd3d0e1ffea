// Arithmetic of tensors element by element: axes are aligned by kind, and an extent of 1 is repeated.
#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

Op binary(std::string name, std::string summary, const std::string& body) {
    return {.name = std::move(name),
            .summary = std::move(summary),
            .signature = {"a[...]", "b[...]"},
            .equations = "y[...] = " + body,
            .examples = {"a: f32[batch 2, channel 3, height 4], b: f32[batch 2, channel 3, height 4]",
                         "a: f64[batch 2, channel 3, height 1, width 5], b: f64[height 4, width 1]",
                         "a: f32[channel 3], b: f32[batch ?, height 2, channel 3]",
                         "a: f32[batch ?, feature 3], b: f32[]"}};
}

}  // namespace

void add_broadcast_ops(std::vector<Op>& table) {
    table.push_back(binary("add", "a + b", "a[...] + b[...]"));
    table.push_back(binary("sub", "a - b", "a[...] - b[...]"));
    table.push_back(binary("mul", "a * b", "a[...] * b[...]"));
    table.push_back(binary("div", "a / b", "a[...] / b[...]"));
    table.push_back(binary("pow", "a to the power of b", "pow(a[...], b[...])"));
    table.push_back(binary("mod", "the rest of a / b toward 0, with the sign of a", "mod(a[...], b[...])"));
    table.push_back(binary("atan2", "the angle of the point (b, a), from -pi to pi", "atan2(a[...], b[...])"));
    table.push_back(binary("maximum", "the larger of a and b", "max(a[...], b[...])"));
    table.push_back(binary("minimum", "the smaller of a and b", "min(a[...], b[...])"));
    table.push_back({.name = "bias_add",
                     .summary = "x plus a vector along the axis of the vector's kind",
                     .signature = {"x[..., c]", "b[c]"},
                     .equations = "y[..., c] = x[..., c] + b[c]",
                     .examples = {"x: f32[batch 2, channel 3, height 4, width 5], b: f32[channel 3]",
                                  "x: f64[batch ?, height 4, width 5, channel 3], b: f64[channel 3]",
                                  "x: f32[batch ?, class 4], b: f32[class 4]"}});
}

}  // namespace ricci::ir
