// Gradients whose numbers are known by hand, at the points where a careless rule is wrong; and what is refused.
#include "passes/gradient/differentiate.h"

#include <gtest/gtest.h>

#include "ir/interpret/interpreter.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "tests/passes/gradient_check.h"

namespace ricci::passes {
namespace {

using namespace ir;

Graph step_of(const std::string& model) {
    Remarks remarks;
    return differentiate(parse("ricci 1 model test\n" + model), {}, remarks);
}

/// dx for one input x.
std::vector<double> gradient(const std::string& model, std::vector<std::int64_t> extents, std::vector<double> x) {
    Graph graph = step_of(model + "gradient dx = d loss / d x\n");
    return interpret(graph, {{"x", {std::move(extents), std::move(x)}}}).at("dx").elements;
}

/// What differentiate says of a graph, which need not come from a text.
std::string refusal(const Graph& graph) {
    Remarks remarks;
    try {
        differentiate(graph, {}, remarks);
    } catch (const UserError& error) {
        return error.what();
    }
    return "accepted";
}

using Numbers = std::vector<double>;

TEST(Differentiate, OfEqualMaximaTheFirstGetsAll) {
    const std::string model = "input x: f64[feature 4]\nloss[] = max(f: feature 4) x[f]\n";
    EXPECT_EQ(gradient(model, {4}, {1, 3, 3, 2}), (Numbers{0, 1, 0, 0}));
}

TEST(Differentiate, OfEqualMinimaTheFirstGetsAll) {
    const std::string model = "input x: f64[feature 4]\nloss[] = min(f: feature 4) x[f]\n";
    EXPECT_EQ(gradient(model, {4}, {3, 2, 5, 2}), (Numbers{0, 1, 0, 0}));
}

TEST(Differentiate, ReluIsFlatAtZero) {
    const std::string model = "input x: f64[feature 3]\nr[f] = max(x[f], 0)\nloss[] = sum(f: feature 3) r[f]\n";
    EXPECT_EQ(gradient(model, {3}, {-1, 0, 2}), (Numbers{0, 0, 1}));
}

TEST(Differentiate, ProductWithOneZeroAndWithTwo) {
    const std::string model = "input x: f64[feature 3]\nloss[] = prod(f: feature 3) x[f]\n";
    EXPECT_EQ(gradient(model, {3}, {2, 3, 5}), (Numbers{15, 10, 6}));
    EXPECT_EQ(gradient(model, {3}, {2, 0, 5}), (Numbers{0, 10, 0}));
    EXPECT_EQ(gradient(model, {3}, {0, 0, 5}), (Numbers{0, 0, 0}));
}

TEST(Differentiate, TheBranchNotTakenSendsNothing) {
    const std::string model = "input x: f64[feature 2]\ny[f] = select(x[f] > 0, log(x[f]), 0)\n"
                              "loss[] = sum(f: feature 2) y[f]\n";
    EXPECT_EQ(gradient(model, {2}, {0, 2}), (Numbers{0, 0.5}));
}

TEST(Differentiate, PaddedReadsSendNothingOutside) {
    const std::string model = "input x: f64[height 2]\n"
                              "y[p] = sum(dy: tap_h 3) pad(x[p + dy - 1], 7) where p: height 2\n"
                              "loss[] = sum(p: height 2) y[p]\n";
    EXPECT_EQ(gradient(model, {2}, {1, 1}), (Numbers{2, 2}));
}

TEST(Differentiate, ADiagonalFillsADiagonal) {
    const std::string model = "input x: f64[feature 2, feature 2]\nloss[] = sum(i: feature 2) x[i, i] * x[i, i]\n";
    EXPECT_EQ(gradient(model, {2, 2}, {1, 2, 3, 4}), (Numbers{2, 0, 0, 8}));
}

TEST(Differentiate, TheSameReadTwiceIsOneTerm) {
    Graph graph = step_of("input x: f64[feature 2]\nloss[] = sum(f: feature 2) x[f] * x[f]\n"
                          "gradient dx = d loss / d x\n");
    ASSERT_EQ(graph.equations.size(), 2U);
    EXPECT_EQ(print(graph, graph.equations[1]), "d.x[f] = 2 * x[f]");
}

TEST(Differentiate, ByItselfIsOne) {
    Graph graph = step_of("input x: f64[]\nloss[] = x[] * x[]\ngradient one = d loss / d loss\n");
    EXPECT_EQ(interpret(graph, {{"x", {{}, {3}}}}).at("one").elements, (Numbers{1}));
}

TEST(Differentiate, ThirdOrderByRunningItAgain) {
    Graph graph = parse("ricci 1 model cube\ninput x: f64[]\nloss[] = pow(x[], 5)\n");
    Remarks remarks;
    ValueId of = graph.find("loss");
    for (int order = 1; order <= 3; ++order) {
        graph.outputs.clear();
        graph.gradients = {{"dx", of, graph.find("x")}};
        graph = differentiate(graph, {}, remarks);
        of = graph.outputs.back().value;
    }
    EXPECT_DOUBLE_EQ(interpret(graph, {{"x", {{}, {2}}}}).at("dx").elements.at(0), 60.0 * 2 * 2);
}

TEST(Differentiate, RefusesWhatHasNoGradient) {
    Graph graph = parse("ricci 1 model test\ninput x: f32[batch ?]\ninput n: i32[]\n"
                        "y[b] = x[b] * x[b]\nm[] = n[] * n[]\nloss[] = sum(b: batch ?) y[b] * f32(n[])\n");
    auto id = [&](std::string_view name) { return graph.find(name); };
    graph.gradients = {{"dx", id("y"), id("x")}};
    EXPECT_EQ(refusal(graph), "<text>:4: gradient \"dx\": \"y\" is f32[batch ?], but only a scalar has a gradient; "
                              "reduce it with sum or mean");
    graph.gradients = {{"dn", id("m"), id("n")}};
    EXPECT_EQ(refusal(graph), "<text>:5: gradient \"dn\": \"m\" is i32, but only floating-point values have a "
                              "gradient; cast it to f32");
    graph.gradients = {{"dn", id("loss"), id("n")}};
    EXPECT_EQ(refusal(graph),
              "<text>:3: gradient \"dn\": none by \"n\", which is i32; only f32 and f64 values have one");
}

TEST(Differentiate, RefusesToTrainWithoutParametersOrWithTheirOwnUpdates) {
    Graph none = parse("ricci 1 model test\ninput x: f32[]\ny[] = x[]\n");
    none.training = Training{.loss = none.find("y"), .optimizer = "sgd", .options = {{"learning_rate", 1}}};
    EXPECT_EQ(refusal(none),
              "train \"y\": the model has no parameters; add one, or ask for no training");
    EXPECT_EQ(refusal(parse("ricci 1 model test\ninput x: f32[]\nparameter w: f32[] = 0\ny[] = x[] * w[]\n"
                            "update w = y\ntrain y with sgd(learning_rate = 1)\n")),
              "<text>:3: parameter \"w\" has an update and is to be trained too; make it a state, drop the update, "
              "or say train ... stepping w by its gradient");
}

TEST(Differentiate, RefusesAMaximumIntoAnAffineLeft) {
    EXPECT_EQ(refusal(parse("ricci 1 model test\ninput x: f32[height 3]\ny: f32[height 4]\n"
                            "y[p + dy] max= x[p] where p: height 3, dy: tap_h 2\n"
                            "loss[] = sum(p: height 4) y[p]\ngradient dx = d loss / d x\n")),
              "<text>:4: no gradient of max into \"y\", whose left side is an index expression; write the max with "
              "bare indices on the left and scatter its result");
}

TEST(Differentiate, RefusesWhatWouldNeedAValueForMoreThanTwoSamples) {
    const std::string model = "ricci 1 model test\ninput x: f32[batch ?, feature 3]\n";
    const std::string wish = "loss[] = y[b, i]\ngradient dx = d loss / d x\n";
    EXPECT_EQ(refusal(parse(model + "m[i] = max(b: batch, c: batch) x[b, i] * x[c, i]\nloss[] = m[i]\n"
                                    "gradient dx = d loss / d x\n")),
              "<text>:3: no gradient of max over two indices of the open batch, as in \"m\"; reduce over one of them, "
              "then over the other");
    EXPECT_EQ(refusal(parse(model + "y[b, i] = prod(c: batch, d: batch) x[b, i] * x[c, i] * x[d, i]\n" + wish)),
              "<text>:3: the gradient of prod into \"y\" would be f32[batch ?, feature 3, batch ?, batch ?], with 3 open "
              "axes; a value has 2 at the most; multiply over one open index, then over the other");
}

}  // namespace
}  // namespace ricci::passes
