// The gradient of a look-up is a scatter by its ids, and the other way round: first and second order.
#include <gtest/gtest.h>

#include "ir/analysis/look_ups.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/gradient/differentiate.h"
#include "tests/passes/gradient_check.h"

namespace ricci::passes::testing {
namespace {

constexpr const char* kInputs =
    "ricci 1 model m\n"
    "input ids: i32<vocab 3>[batch ?, time 2]\n"
    "input E: f64[vocab 3, feature 2]\n"
    "input x: f64[batch ?, vocab 3]\n"
    "input g: f64[batch ?, time 2, feature 2]\n";

struct Model {
    std::string name, equations;
    std::vector<std::string> by;
};

std::vector<Model> models() {
    return {{"rows", "loss[] = sum(b, t, f) exp(E[ids[b, t], f]) * E[ids[b, t], f]\n", {"E"}},
            {"one_of_each_sample", "loss[] = sum(b, t) tanh(x[b, ids[b, t]] * g[b, t, 0])\n", {"x", "g"}},
            {"scatter", "d[ids[b, t], f] += g[b, t, f] * g[b, t, f]\nloss[] = sum(v, f) tanh(d[v, f] * E[v, f])\n", {"g", "E"}},
            {"scatter_of_rows", "d[ids[b, t], f] += E[ids[b, 1 - t], f]\nloss[] = sum(v, f) exp(d[v, f] * 0.1)\n", {"E"}},
            {"product", "d[ids[b, t], f] *= g[b, t, f]\nloss[] = sum(v, f) d[v, f] * E[v, f]\n", {"g", "E"}},
            {"largest", "d[ids[b, t], f] max= g[b, t, f]\nloss[] = sum(b, t, f) d[ids[b, t], f] * d[ids[b, t], f]\n", {"g"}}};
}

TEST(LookUpGradient, IsThatOfDifferencesInBothOrders) {
    for (const Model& model : models()) {
        const ir::Graph graph = ir::parse(kInputs + model.equations);
        const GradientCheck check{.loss = "loss", .by = model.by, .batch = 3};
        EXPECT_EQ(gradient_error(graph, check), "") << model.name;
        EXPECT_EQ(second_order_error(graph, check), "") << model.name;
    }
}

/// The look-ups of the equation that writes a value: "vocab read", "vocab written".
std::string look_ups_of(const ir::Graph& graph, const std::string& value) {
    const ir::Equation& equation = graph.equations[graph.writer(graph.find(value))];
    std::string text;
    for (const ir::LookUp& found : ir::look_ups(graph, equation)) {
        text += equation.indices[found.index].name;
        text += ir::scatters_by_ids(graph, equation) ? " written" : " read";
    }
    return text;
}

TEST(LookUpGradient, IsALookUpItself) {
    Remarks remarks;
    ir::Graph step = differentiate(ir::parse(std::string(kInputs) +
                                             "y[b, t, f] = E[ids[b, t], f]\nloss[] = y[b, t, f] * g[b, t, f]\n"
                                             "gradient dE = d loss / d E\n"),
                                   {}, remarks);
    step.index_writers();
    EXPECT_EQ(look_ups_of(step, "y"), "vocab read");
    EXPECT_EQ(look_ups_of(step, "d.E"), "vocab written");
    step = differentiate(ir::parse(std::string(kInputs) +
                                   "d[ids[b, t], f] += g[b, t, f]\nloss[] = d[v, f] * E[v, f]\n"
                                   "gradient dg = d loss / d g\n"),
                         {}, remarks);
    step.index_writers();
    EXPECT_EQ(look_ups_of(step, "d"), "vocab written");
    EXPECT_EQ(look_ups_of(step, "d.g"), "vocab read");
}

}  // namespace
}  // namespace ricci::passes::testing
