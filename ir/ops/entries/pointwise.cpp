// Pointwise ops: one scalar function applied to each element. Bodies may call them too: relu(x[i] + 1).
#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

Op function(std::string name, std::string summary, const std::string& body, std::vector<OpAttribute> attributes = {},
            std::string source = "") {
    return {.name = std::move(name),
            .summary = std::move(summary),
            .signature = {"x[...]"},
            .equations = "y[...] = " + body,
            .attributes = std::move(attributes),
            .source = std::move(source),
            .examples = {"x: f32[batch 2, channel 3, height 4, width 5]", "x: f64[feature 7]", "x: f32[]"}};
}

}  // namespace

void add_pointwise_ops(std::vector<Op>& table) {
    auto add = [&](Op op) { table.push_back(std::move(op)); };
    for (const ScalarFunction& scalar : scalar_functions()) {
        const std::string name(scalar.name);
        const std::string source(info(scalar.function).source);
        add(function(name, std::string(scalar.meaning), name + "(x[...])", {}, source));
    }
    add(function("neg", "the negative", "-x[...]"));
    add(function("rsqrt", "one over the square root", "1 / sqrt(x[...])"));
    add(function("reciprocal", "one over the value", "1 / x[...]"));
    add(function("square", "the value times itself", "x[...] * x[...]"));
    add(function("relu", "the positive part", "max(x[...], 0)", {}, "Nair and Hinton 2010"));
    add(function("leaky_relu", "the positive part and a share of the negative one",
                 "select(x[...] > 0, x[...], slope * x[...])", {{"slope", 0.01, "factor of negative values"}},
                 "Maas, Hannun and Ng 2013"));
    add(function("silu", "the value times its sigmoid", "x[...] * sigmoid(x[...])", {},
                 "Elfwing, Uchibe and Doya 2018"));
    add(function("elu", "the positive part, and alpha * (exp(x) - 1) below 0",
                 "select(x[...] > 0, x[...], alpha * expm1(min(0, x[...])))",
                 {{"alpha", 1, "limit far below 0, negated"}}, "Clevert, Unterthiner and Hochreiter 2016"));
    add(function("gelu", "the value times the normal distribution function",
                 "x[...] * normal_cdf(x[...])", {}, "Hendrycks and Gimpel 2016"));
    add(function("hard_tanh", "the value cut off at -1 and 1", "min(max(x[...], -1), 1)"));
    add(function("softsign", "x / (1 + abs(x))", "x[...] / (1 + abs(x[...]))"));
}

}  // namespace ricci::ir
