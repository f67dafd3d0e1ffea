// What the interpreter refuses, on graphs built by hand.
#include <gtest/gtest.h>

#include "ir/interpret/interpreter.h"

namespace ricci::ir {
namespace {

/// y[b, i] = x[b, i + shift] + z[b]
Graph shifted(std::int64_t shift) {
    Graph graph;
    TensorType rows{f32, {{kinds::batch(), kOpen}, {kinds::feature(), 2}}};
    ValueId x = graph.add({.name = "x", .type = rows, .role = Role::input});
    ValueId z = graph.add({.name = "z", .type = {f32, {{kinds::batch(), kOpen}}}, .role = Role::input});
    ValueId y = graph.add({.name = "y", .type = rows});
    Equation equation;
    equation.result = y;
    equation.indices = {{"b", kinds::batch(), kOpen}, {"i", kinds::feature(), 2}};
    equation.left = {Affine::of(0), Affine::of(1)};
    equation.body = element({x, {Affine::of(0), Affine::of(1) + Affine::constant(shift)}, {}}, f32) +
                    element({z, {Affine::of(0)}, {}}, f32);
    graph.equations.push_back(equation);
    graph.outputs.push_back({"y", y});
    return graph;
}

std::string refusal(const Graph& graph, const Arrays& given) {
    try {
        interpret(graph, given);
    } catch (const UserError& error) {
        return error.what();
    }
    return "accepted";
}

TEST(Interpreter, BindsTheOpenBatchFromItsInputs) {
    Arrays results = interpret(shifted(0), {{"x", {{3, 2}, {1, 2, 3, 4, 5, 6}}}, {"z", {{3}, {10, 20, 30}}}});
    EXPECT_EQ(results.at("y").extents, (std::vector<std::int64_t>{3, 2}));
    EXPECT_EQ(results.at("y").elements, (std::vector<double>{11, 12, 23, 24, 35, 36}));
}

TEST(Interpreter, RefusesInputsThatDisagreeOnTheBatch) {
    EXPECT_EQ(refusal(shifted(0), {{"x", {{1, 2}, {1, 2}}}, {"z", {{2}, {1, 2}}}}),
              "z has batch 2 but x has batch 1; all inputs of a call have the same batch");
}

TEST(Interpreter, RefusesAMissingInput) {
    EXPECT_EQ(refusal(shifted(0), {{"x", {{1, 2}, {1, 2}}}}), "input \"z\" is not given");
}

TEST(Interpreter, RefusesWrongExtents) {
    EXPECT_EQ(refusal(shifted(0), {{"x", {{1, 3}, {1, 2, 3}}}, {"z", {{1}, {1}}}}),
              "x: expected f32[batch ?, feature 2], got extents [1, 3]");
}

TEST(Interpreter, RefusesAWrongNumberOfElements) {
    EXPECT_EQ(refusal(shifted(0), {{"x", {{1, 2}, {1, 2, 3}}}, {"z", {{1}, {1}}}}), "x: expected 2 elements, got 3");
}

TEST(Interpreter, NamesTheReadThatLeavesATensor) {
    EXPECT_EQ(refusal(shifted(1), {{"x", {{1, 2}, {1, 2}}}, {"z", {{1}, {1}}}}),
              "y reads outside x: f32[batch ?, feature 2] at b = 0, i = 1; use pad(...)");
}

}  // namespace
}  // namespace ricci::ir
