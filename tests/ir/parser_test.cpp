// Whole graphs as text: what is understood beyond the canonical form, and the one line that refuses the rest.
#include <gtest/gtest.h>

#include <algorithm>

#include "ir/print/print.h"
#include "ir/text/parser.h"

namespace ricci::ir {
namespace {

const std::string kHeader = "ricci 1 model m\n";

std::string refusal(const std::string& text) {
    try {
        parse(text, "m.ein");
    } catch (const UserError& error) {
        return error.what();
    }
    return "accepted";
}

/// After a header and an input x: f32[batch ?, feature 3], from line 3 on.
std::string refused_statement(const std::string& text) {
    return refusal(kHeader + "input x: f32[batch ?, feature 3]\n" + text);
}

TEST(Parser, InfersWhatIsNotSaid) {
    Graph graph = parse(kHeader + "input x: f32[batch ?, feature 3]\ny[b] = x[b, I] * x[b, I]\noutput y\n");
    EXPECT_EQ(to_string(graph.value(graph.find("y")).type), "f32[batch ?]");
    EXPECT_EQ(print(graph, graph.equations.at(0)), "y[b] = sum(I: feature 3) x[b, I] * x[b, I]");
}

TEST(Parser, KeepsTheLineOfEachStatement) {
    Graph graph = parse("# first\n\n" + kHeader + "input x: f32[batch ?]\n\ny[b] = x[b]\n", "m.ein");
    EXPECT_EQ(graph.value(graph.find("x")).location.prefix(), "m.ein:4: ");
    EXPECT_EQ(graph.equations.at(0).location.prefix(), "m.ein:6: ");
}

TEST(Parser, RefusesBeginningsThatCannotBeOnTheirLine) {
    EXPECT_EQ(refused_statement("parameter w: f32[] = uniform(2, 1)\n"),
              "m.ein:3: parameter w: uniform(2, 1) is empty; give the lower bound first");
    EXPECT_EQ(refused_statement("state w: f32[] = normal(0, -1)\n"), "m.ein:3: state w: normal(0, -1) has a negative deviation");
    EXPECT_EQ(refused_statement("state w: f32[] = uniform(0, inf)\n"), "m.ein:3: state w: uniform(0, inf) is not finite");
    EXPECT_EQ(refused_statement("parameter w: i32[]\n"),
              "m.ein:3: parameter w: i32 cannot be trained; use f32 or f64, or make it a state or a constant");
    for (const char* drawn : {"normal(0, 1)", "uniform(0, 1)"}) {
        EXPECT_EQ(refused_statement(fmt::format("constant w: f32[feature 6] = {}\n", drawn)),
                  fmt::format("m.ein:3: constant w: {} changes with the seed, and no file holds a constant; give its numbers, as in "
                              "{{1, 2, 1}}, or make it a state",
                              drawn));
    }
}

TEST(Parser, RowStartsAreTheRowsOfEntries) {
    const auto of = [](const std::string& type, const std::string& starts) {
        return refused_statement("constant rows: " + type + " = row_starts " + starts + "\n");
    };
    const Graph graph = parse(kHeader + "constant rows: i32<feature 4>[entry 6] = row_starts {0, 2, 2, 5, 6}\n");
    EXPECT_NE(print(graph).find("constant rows: i32<feature 4>[entry 6] = {0, 0, 2, 2, 2, 3}"), std::string::npos) << print(graph);
    EXPECT_EQ(of("i64[entry 3]", "{0, 1, 3}"), "accepted");
    EXPECT_EQ(of("i32<feature 4>[entry 3]", "{0, 1, 3}"), "m.ein:3: 3 row starts make 2 rows, but the entries number feature 4");
    EXPECT_EQ(of("i32[entry 3]", "{0, 4, 3}"), "m.ein:3: row 0 starts at 0 and ends at 4; row starts never fall");
    EXPECT_EQ(of("i32[entry 3]", "{0, 2, 1, 3}"), "m.ein:3: row 1 starts at 2 and ends at 1; row starts never fall");
    EXPECT_EQ(of("i32[entry 3]", "{1, 3}"), "m.ein:3: row_starts go from 0 to the 3 entries of i32[entry 3], and these go from 1 to 3");
    EXPECT_EQ(of("i32[entry 3]", "{}"), "m.ein:3: row_starts go from 0 to the 3 entries of i32[entry 3], and these go from none to none");
    EXPECT_EQ(of("f32[entry 3]", "{0, 3}"),
              "m.ein:3: row_starts give the row of each entry, as in i32<feature 4>[entry 6]; the type is f32[entry 3]");
}

TEST(Parser, RefusesSettingsOnTheLineOfTheTrainStatement) {
    const auto refused = [](const std::string& with) {
        return refused_statement("parameter w: f32[feature 3]\nloss[] = sum(b: batch ?, f) x[b, f] * w[f]\n\ntrain loss with " + with + "\n");
    };
    EXPECT_EQ(refused("sgd(learning_rate = 0.1)"), "accepted");
    EXPECT_EQ(refused("sgd()"), "m.ein:6: sgd needs learning_rate, such as 0.05");
    EXPECT_EQ(refused("adam(learning_rate = 0.1, beta1 = 1)"), "m.ein:6: adam: beta1 is 1; it is at least 0 and below 1");
    EXPECT_EQ(refused("sgd(learning_rate = 0.1) schedule cosine(steps = -1)").substr(0, 28), "m.ein:6: schedule cosine: st");
    EXPECT_EQ(refused("sgd(learning_rate = 0.1) except biass(frozen = 1)"),
              "m.ein:6: no parameter has \"biass\" in its name, for which settings are given; there are w");
    EXPECT_EQ(refused("sgd(learning_rate = 0.1) except w(frozen = 1)"), "m.ein:6: train \"loss\": all its parameters are frozen (w)");
}

TEST(Parser, ConstantsAreStatesThatNothingUpdates) {
    const Graph graph = parse(kHeader + "constant k: i32[height 2, width 2] = {1,\n  -2, 3,\n 4\n}\nconstant one: f32[] = 1\n");
    EXPECT_TRUE(graph.value(graph.find("k")).fixed);
    EXPECT_EQ(print(graph), "ricci 1 model m\n\nconstant k: i32[height 2, width 2] = {1, -2, 3, 4}\nconstant one: f32[] = 1\n");
    EXPECT_EQ(print(parse(print(graph))), print(graph));
    EXPECT_EQ(refused_statement("constant k: f32[tap_h 3]\n"),
              "m.ein:3: constant k has no value; give a number, or a table such as = {1, 2, 1}");
    EXPECT_EQ(refused_statement("constant k: f32[tap_h 3] = {1, 2}\n"),
              "m.ein:3: the table has 2 numbers, but f32[tap_h 3] has 3 elements");
    EXPECT_EQ(refused_statement("constant k: bool[tap_h 2] = {true, 2}\n").substr(0, 33), "m.ein:3: number 1 of the table: 2");
    EXPECT_EQ(refused_statement("constant k: f32[] = 1\nupdate k = k\n"), 
              "m.ein:4: V11 update k: it is a constant; declare k as a state, which updates change");
    EXPECT_EQ(refused_statement("constant k: f32[batch ?] = 1\n"),
              "m.ein:3: V3 k: a constant stays from call to call, so its batch cannot be open; give it an extent");
}

TEST(Parser, NamedOpsBecomeTheirEquations) {
    Graph graph = parse(kHeader +
                        "input x: f32[batch ?, channel 1, height 8, width 8]\n"
                        "parameter w: f32[channel 2, channel 1, tap_h 3, tap_w 3]\n"
                        "y = conv2d(x, w, stride_h = 2)\noutput y\n");
    EXPECT_EQ(to_string(graph.value(graph.find("y")).type), "f32[batch ?, channel 2, height 3, width 6]");
    EXPECT_EQ(graph.equations.back().op, "conv2d");
}

TEST(Parser, AnOpTakesTheKindItRunsOver) {
    Graph graph = parse(kHeader + "input x: f32[batch ?, class 3]\ny = softmax(x, over = class)\noutput y\n");
    EXPECT_EQ(to_string(graph.value(graph.find("y")).type), "f32[batch ?, class 3]");
}

TEST(Parser, WordsOfStatementsMayNameValues) {
    Graph graph = parse(kHeader + "input input: f32[batch ?]\noutput[b] = input[b]\noutput output\n");
    EXPECT_EQ(graph.outputs.at(0).name, "output");
}

TEST(Parser, RefusesWithOneLine) {
    EXPECT_EQ(refusal(""),
              "m.ein:1: found the end of the text, expected the first line of a graph, as in: ricci 1 model lenet5");
    EXPECT_EQ(refusal("ricci 2 model"), "m.ein:1: found 2, expected the version of the text, an integer from 1 to 1");
    EXPECT_EQ(refusal("ricci 1 modle x"),
              "m.ein:1: found \"modle\", expected a stage: model, step, lowered, kernels, loops or planned");
    EXPECT_EQ(refused_statement("input x: f32[]"), "m.ein:3: x is declared twice");
    EXPECT_EQ(refused_statement("output x\noutput x = x"),
              "m.ein:4: a second output x; outputs and gradients have names of their own");
    EXPECT_EQ(refused_statement("output x\ngradient x = d x / d x"),
              "m.ein:4: a second output x; outputs and gradients have names of their own");
    EXPECT_EQ(refused_statement("gradient g = d x / d x\ngradient g = d x / d x"),
              "m.ein:4: a second output g; outputs and gradients have names of their own");
    EXPECT_EQ(refused_statement("input z: f16[]"),
              "m.ein:3: found \"f16\", expected an element type: f32, f64, i32, i64, bool or bf16");
    EXPECT_EQ(refused_statement("input z: f32[height ?]"),
              "m.ein:3: axis height ? of a type: only a batch axis may be open");
    EXPECT_EQ(refused_statement("input z: f32[height 0]"),
              "m.ein:3: found 0, expected the extent of an axis, an integer from 1 to 9223372036854775807");
    EXPECT_EQ(refused_statement("input z: f32[height 4000000000, width 4000000000]"),
              "m.ein:3: elements of a tensor: 4000000000 * 4000000000 does not fit in 64 bits");
    EXPECT_EQ(
        refused_statement("input z: f32[Height 4]"),
        "m.ein:3: index kind \"Height\": a kind is spelt with lower-case letters, digits and '_', from a letter on");
    EXPECT_EQ(refused_statement("parameter z: f32[] = uniform(1)"), "m.ein:3: found ')', expected ','");
    EXPECT_EQ(refused_statement("output y"),
              "m.ein:3: y is not the name of a value above; expected a value to put out");
    EXPECT_EQ(refused_statement("x[b, i] = 0"),
              "m.ein:3: x (input) cannot be written here; an equation needs a result of its own");
    EXPECT_EQ(refused_statement("y[b] = sum(i) x[b, i]\ny[b] = sum(i) x[b, i]"),
              "m.ein:4: y (already written) cannot be written here; an equation needs a result of its own");
    EXPECT_EQ(refused_statement("} "), "m.ein:3: found '}', expected a statement");
    EXPECT_EQ(refused_statement("y = relu(x, x2)"),
              "m.ein:3: x2 is not the name of a value above; expected a value or an attribute");
    EXPECT_EQ(refused_statement("y = relu(neg(z))"),
              "m.ein:3: z is not the name of a value above; expected a value or an attribute");
    EXPECT_EQ(refused_statement("y = relu(sofmax(x))"), "m.ein:3: unknown op \"sofmax\"; did you mean softmax?");
    std::string deep = "x";
    for (int i = 0; i < 300; ++i) deep = "neg(" + deep + ")";
    EXPECT_EQ(refused_statement("y = " + deep), "m.ein:3: found \"neg\", expected at most 200 calls in one another");
    EXPECT_EQ(refused_statement("y = softmax(x, over = 3)"), "m.ein:3: found 3, expected a kind");
    EXPECT_EQ(
        refused_statement("train x with"),
        "m.ein:3: found the end of the text, expected the name of an optimizer, as in: sgd(learning_rate = 0.05)");
    EXPECT_EQ(refused_statement("kernel k(b) {\ny[b, i] = x[b, i]\n"),
              "m.ein:5: found the end of the text, expected an equation or '}'");
    EXPECT_EQ(refused_statement("tile t(0) {\n}"),
              "m.ein:3: found 0, expected the number of samples that run at a time, an integer from 1 to 9223372036854775807");
    EXPECT_EQ(refused_statement("tile t(4) {\noutput x\n}"), "m.ein:4: found \"x\", expected '['");
    EXPECT_EQ(refused_statement("tile t(4) {\ny[b, i] = x[b, i]\n}\ntile t(4) {\n}"),
              "m.ein:6: tile t is declared twice");
}

TEST(Parser, WhatCanBeReadButBreaksARuleIsRefused) {
    EXPECT_EQ(refused_statement("y: f32[]"), "m.ein:3: V4 y is never written");
    EXPECT_EQ(refused_statement("kernel k(b) {\ny[b, i] = x[b, i]\n}"), "V15 stage model has kernels");
    EXPECT_EQ(refused_statement("tile t(4) {\ny[b, i] = x[b, i]\n}\noutput y"), "V19 stage model has tiles");
    EXPECT_EQ(refused_statement("y[b] = sum(i) x[b, i]\ntrain y with sgd()"),
              "m.ein:4: V12 train: y is f32[batch ?], not a floating-point scalar; their mean is one: loss = mean(y)");
    EXPECT_EQ(refused_statement("n[b] = i32(x[b, 0])\ngradient dn = d n / d x"),
              "m.ein:4: V12 gradient dn: n is i32[batch ?], not a floating-point scalar");
    EXPECT_EQ(refused_statement("loss = mean(x)\nn[b] = i32(x[b, 0])\ngradient dn = d loss / d n"),
              "m.ein:5: V12 gradient dn: n is i32[batch ?], not floating point");
    EXPECT_EQ(refused_statement("z[b, i] = 2 * x[b, i]\n\nupdate x = z"),
              "m.ein:5: V11 update x: it is an input; declare x as a state or a parameter, which calls keep");
    EXPECT_EQ(refused_statement("state s: f32[] = 0\ns.next[] = s[] + 1\nupdate s = s.next\nupdate s = s.next"),
              "m.ein:6: V11 s is updated twice; one update says all that a call changes of it");
    EXPECT_EQ(refused_statement("state s: i64[] = 0\nt[] = 1.5\nupdate s = t"),
              "m.ein:5: V11 update s: it is i64[], but t is f32[]");
    EXPECT_EQ(refused_statement("y[b] = sum(i) x[b, i]\ny: f32[batch ?]"),
              "m.ein:4: y has its equation above already; its type stands before it");
}

}  // namespace
}  // namespace ricci::ir
