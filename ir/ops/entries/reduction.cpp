// Reductions over a kind, or over all axes when no kind is given.
#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

/// \param over_samples  the same over the batch, with indices.
Op reduction(std::string name, std::string summary, const std::string& body, const std::string& over_samples) {
    return {.name = std::move(name),
            .summary = std::move(summary),
            .signature = {"x[..., k: over]"},
            .equations = "y[...] = " + body,
            .refuse_over = {{"batch", "it mixes the samples; if that is meant, write it with indices, as in y[c] = " + over_samples}},
            .takes_over = true,
            .over_all = true,
            .examples = {"x: f32[batch 2, channel 3, height 4]; over = channel", "x: f64[batch 2, height 3, width 4]",
                         "x: f32[batch ?, height 3, channel 2]; over = height", "x: f32[batch ?]; over = batch"}};
}

}  // namespace

void add_reductions(std::vector<Op>& table) {
    table.push_back(reduction("sum", "the sum", "sum(k) x[..., k]", "sum(b) x[b, c]"));
    table.push_back(reduction("mean", "the mean", "sum(k) x[..., k] / real(extent(k))", "sum(b) x[b, c] / f32(extent(b))"));
    table.push_back(reduction("max", "the largest element; nan where there is one", "max(k) x[..., k]", "max(b) x[b, c]"));
    table.push_back(reduction("min", "the smallest element; nan where there is one", "min(k) x[..., k]", "min(b) x[b, c]"));
    table.push_back(reduction("prod", "the product", "prod(k) x[..., k]", "prod(b) x[b, c]"));
    table.push_back({.name = "argmax",
                     .summary = "the number of the first largest element, as i64",
                     .signature = {"x[..., k: over]"},
                     .equations = "y[...] = argmax(k) x[..., k]",
                     .refuse_over = {{"batch",
                                      "it compares the samples; if that is meant, write it with indices, as in y[c] = "
                                      "argmax(b) x[b, c]"}},
                     .takes_over = true,
                     .examples = {"x: f32[batch ?, class 4]; over = class",
                                  "x: f64[batch 2, channel 3, height 2]; over = channel"}});
}

}  // namespace ricci::ir
