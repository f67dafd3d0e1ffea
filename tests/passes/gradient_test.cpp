// Gradients of every op of the table: central differences in f64 against differentiate, first and second order.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <regex>

#include "ir/ops/table.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/build.h"
#include "tests/passes/gradient_check.h"

namespace ricci::passes::testing {
namespace {

using namespace ir;

struct Example {
    std::string op;
    std::string text;
    friend void PrintTo(const Example& example, std::ostream* out) { *out << example.op << ": " << example.text; }
};

/// "x: f32[...], w: f32[...]; stride_h = 2" as a model in f64 that applies the op and sums its result with weights c.
Graph model_of(const Example& example) {
    const std::string text = std::regex_replace(example.text, std::regex("f32\\["), "f64[");
    const std::size_t semicolon = std::min(text.find(';'), text.size());
    const std::string operands = text.substr(0, semicolon);
    std::string model = "ricci 1 model example\n";
    std::string arguments;
    static const std::regex operand("([A-Za-z_0-9]+): [a-z0-9]+\\[[^\\]]*\\]");
    for (std::sregex_iterator it(operands.begin(), operands.end(), operand), end; it != end; ++it) {
        model += "input " + it->str() + "\n";
        arguments += (arguments.empty() ? "" : ", ") + it->str(1);
    }
    if (semicolon < text.size()) arguments += "," + text.substr(semicolon + 1);
    Graph graph = parse(model + "result = " + example.op + "(" + arguments + ")\n", example.op);

    const ValueId result = graph.find("result");
    const DType dtype = graph.value(result).type.dtype;
    if (!is_float(dtype)) return graph;
    const ValueId weights = graph.add({.name = "c", .type = graph.value(result).type, .role = Role::input});
    Equation sum = pointwise(graph, result);
    sum.result = graph.add({.name = "loss", .type = {dtype, {}}});
    sum.body = read(graph, weights, sum.left) * read(graph, result, sum.left);
    sum.reduce = sum.indices.empty() ? Reduce::none : Reduce::sum;
    sum.left.clear();
    graph.equations.push_back(std::move(sum));
    return graph;
}

/// All float operands, with numbers drawn where the op is finite.
GradientCheck check_of(const Graph& graph) {
    GradientCheck check{.loss = "loss", .by = {}};
    for (const Value& value : graph.values) {
        bool operand = value.role == Role::input && value.name != "c";
        if (operand && is_float(value.type.dtype)) check.by.push_back(value.name);
    }
    check.low = -0.9;  // log1p is steep at -1
    if (!std::isfinite(loss_value(graph, check))) check.low = 0.2;
    return check;
}

/// All examples but those of stop_gradient and round_bf16, which are there to differ from their central difference.
std::vector<Example> examples() {
    std::vector<Example> all;
    for (const Op& op : ops()) {
        if (op.name == "stop_gradient" || op.name == "round_bf16") continue;
        for (const std::string& text : op.examples) all.push_back({op.name, text});
    }
    return all;
}

class OpGradient : public ::testing::TestWithParam<Example> {};

TEST_P(OpGradient, IsTheCentralDifference) {
    const Graph graph = model_of(GetParam());
    if (graph.find("loss") < 0) return;  // argmax and comparisons have no gradient
    EXPECT_EQ(gradient_error(graph, check_of(graph)), "") << GetParam().text;
}

TEST_P(OpGradient, HasASecondDerivative) {
    const Graph graph = model_of(GetParam());
    if (graph.find("loss") < 0) return;
    GradientCheck check = check_of(graph);
    if (check.by.empty()) return;  // all operands are integers
    check.most = 10;
    EXPECT_EQ(second_order_error(graph, check), "") << GetParam().text;
}

std::string example_name(const ::testing::TestParamInfo<Example>& info) {
    return fmt::format("{}_{}", info.param.op, info.index);
}

INSTANTIATE_TEST_SUITE_P(Ops, OpGradient, ::testing::ValuesIn(examples()), example_name);

}  // namespace
}  // namespace ricci::passes::testing
