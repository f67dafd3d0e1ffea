// Three steps of sgd against the numbers that PyTorch's SGD gives for the same gradients; and what is refused.
#include "passes/gradient/apply_optimizer.h"

#include <gtest/gtest.h>

#include "ir/interpret/interpreter.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/gradient/differentiate.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// loss = x * w * w, so that the gradient is 2 * x * w.
Graph step_of(const std::string& train, const std::string& more = "") {
    Remarks remarks;
    Graph model = parse("ricci 1 model test\ninput x: f64[]\nparameter w: f64[] = 1\n" + more +
                        "l[] = x[] * w[] * w[]\ntrain l with " + train + "\n");
    return apply_optimizer(differentiate(model, {}, remarks), {}, remarks);
}

/// w after three steps from 1 with x = 1.
double after_three_steps(const std::string& train) {
    Graph graph = step_of(train);
    Arrays values = {{"x", {{}, {1}}}, {"w", {{}, {1}}}};
    for (const Value& value : graph.values) {
        if (value.role == Role::state) values[value.name] = {{}, {value.initial->a.real()}};
    }
    for (int step = 0; step < 3; ++step) {
        for (const auto& [name, array] : interpret(graph, values)) {
            if (name != "loss") values[name] = array;
        }
    }
    return values.at("w").elements.at(0);
}

std::string refusal(const std::string& train, const std::string& more = "") {
    try {
        step_of(train, more);
    } catch (const UserError& error) {
        return error.what();
    }
    return "accepted";
}

TEST(ApplyOptimizer, PlainStepsAreTheGradientTimesTheRate) {
    EXPECT_DOUBLE_EQ(after_three_steps("sgd(learning_rate = 0.1)"), 0.8 * 0.8 * 0.8);
}

TEST(ApplyOptimizer, MomentumKeepsTheRateOutsideOfTheVelocity) {
    // v: 2, 0.9*2 + 1.6 = 3.4, 0.9*3.4 + 0.92 = 3.98; w: 0.8, 0.46, 0.062
    EXPECT_NEAR(after_three_steps("sgd(learning_rate = 0.1, momentum = 0.9)"), 0.062, 1e-12);
}

TEST(ApplyOptimizer, NesterovLooksAhead) {
    // w: 1 - 0.1*(2 + 0.9*2) = 0.62; v = 1.8 + 1.24 = 3.04, w = 0.62 - 0.1*(1.24 + 2.736) = 0.2224;
    // v = 2.736 + 0.4448 = 3.1808, w = 0.2224 - 0.1*(0.4448 + 2.86272) = -0.108352
    EXPECT_NEAR(after_three_steps("sgd(learning_rate = 0.1, momentum = 0.9, nesterov = 1)"), -0.108352, 1e-12);
}

TEST(ApplyOptimizer, WeightDecayJoinsTheGradient) {
    // Each step multiplies w by 1 - 0.1 * (2 + 0.5).
    EXPECT_DOUBLE_EQ(after_three_steps("sgd(learning_rate = 0.1, weight_decay = 0.5)"), 0.75 * 0.75 * 0.75);
}

TEST(ApplyOptimizer, TheLossBecomesAnOutput) {
    Graph graph = step_of("sgd(learning_rate = 0.1)");
    ASSERT_EQ(graph.outputs.size(), 1U);
    EXPECT_EQ(graph.outputs[0].name, "loss");
    EXPECT_EQ(graph.value(graph.outputs[0].value).name, "l");
    EXPECT_EQ(graph.stage, Stage::step);
}

TEST(ApplyOptimizer, TakesALearningRateThatTheModelHas) {
    Graph graph = step_of("sgd(learning_rate = 0.1)", "state learning_rate: f64[] = 0.3\n");
    EXPECT_EQ(graph.value(graph.find("learning_rate")).initial->a, 0.3);
    EXPECT_EQ(graph.find("learning_rate.2"), ir::ValueId());
}

TEST(ApplyOptimizer, RefusesUnknownNamesAndValuesOutOfRange) {
    EXPECT_EQ(refusal("adan(learning_rate = 0.1)"), "<text>:5: unknown optimizer \"adan\"; there are adagrad, adam, adamw, lion, rmsprop, sgd");
    EXPECT_EQ(refusal("sgd(rate = 0.1)"),
              "<text>:5: sgd has no setting \"rate\"; it has learning_rate, clip_value, clip_norm, accumulate, average, momentum, weight_decay, nesterov");
    EXPECT_EQ(refusal("sgd(momentum = 0.9)"), "<text>:5: sgd needs learning_rate, such as 0.05");
    EXPECT_EQ(refusal("sgd(learning_rate = -1)"), "<text>:5: sgd: learning_rate is -1; it is a finite number of at least 0");
    EXPECT_EQ(refusal("sgd(learning_rate = 1, nesterov = 2)"), "<text>:5: sgd: nesterov is 2; it is 0 or 1");
    EXPECT_EQ(refusal("sgd(learning_rate = 1, nesterov = 1)"), "<text>:5: sgd: nesterov needs a momentum above 0, such as 0.9");
    EXPECT_EQ(refusal("sgd(learning_rate = 1)", "input learning_rate: f64[]\n"),
              "<text>:4: \"learning_rate\" is input f64[], but an optimizer keeps its rate in a state f32[] of that name; "
              "rename it");
}

}  // namespace
}  // namespace ricci::passes
