/// \file tests/frontend/step_outputs_test.cpp
/// Further outputs of a training step: metrics and gradients; and steps that change some parameters alone.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ricci.h"
#include "tests/frontend/refusal.h"

namespace ricci {
namespace {

/// loss = mean over the batch of (a * x + b)^2.
struct Line {
    Model m{"line"};
    Tensor x = m.input("x", f64, {batch()});
    Tensor a = m.parameter("a", f64, {}, constant(2));
    Tensor b = m.parameter("b", f64, {}, constant(1));
    Tensor y = a * x + b;
    Tensor loss = mean(y * y);
    Array samples{std::vector<double>{1, 3}, {batch(2)}};
};

TEST(StepOutputs, AreAsTheCallComputesThemBeforeTheUpdate) {
    Line line;
    Function step = compile(training_step(line.loss, sgd({.learning_rate = 0.1}),
                                          {.outputs = {line.y, line.a}, .gradients = {line.a, line.y}}));
    const Results results = step(line.samples);
    EXPECT_EQ(std::vector<std::string>(results.names().begin(), results.names().end()),
              (std::vector<std::string>{"loss", line.y.name(), "a", "gradient.a", "gradient." + line.y.name()}));
    EXPECT_EQ(results.scalar(), (9.0 + 49) / 2);
    EXPECT_EQ(results[line.y.name()].to_vector<double>(), (std::vector<double>{3, 7}));
    EXPECT_EQ(results["a"].scalar(), 2);
    EXPECT_EQ(results["gradient.a"].scalar(), 3 * 1 + 7 * 3);
    EXPECT_EQ(results[4].to_vector<double>(), (std::vector<double>{3, 7}));
    EXPECT_NEAR(step.parameters()["a"].scalar(), 2 - 0.1 * 24, 1e-15);
}

TEST(StepOutputs, AStepMayChangeSomeParametersAlone) {
    Line line;
    Function step = compile(training_step(line.loss, adam({.learning_rate = 0.1}), {.by = {line.b}}));
    step(line.samples);
    EXPECT_EQ(line.m.parameters()["a"].scalar(), 2);
    EXPECT_NE(line.m.parameters()["b"].scalar(), 1);
    EXPECT_FALSE(step.parameters().contains("a.m")) << "what is frozen costs nothing";
}

TEST(StepOutputs, ATrainerReportsTheirMeans) {
    Classifier lenet = lenet5();
    const Tensor twice = 2 * lenet.loss;
    const auto step = [&] {
        return compile(training_step(lenet.loss, sgd({.learning_rate = 0.01}), {.outputs = {lenet.logits, twice}}));
    };
    const ImageData data(draw_digits(70, 1), lenet.images.type());
    Trainer trainer(step(), compile(forward({lenet.predicted, lenet.loss})), {.epochs = 1, .batch = 32});
    const EpochReport report = trainer.fit(data, data).at(0);
    ASSERT_EQ(report.metrics.size(), 1U) << "logits are no number";
    EXPECT_EQ(report.metrics[0].first, twice.name());
    EXPECT_NEAR(report.metrics[0].second, 2 * report.loss, 1e-6);
    EXPECT_GT(report.test_loss, 0);
    EXPECT_GE(report.test_accuracy, 0);
}

TEST(StepOutputs, RefusesWhatAStepCannotGive) {
    Line line, other;
    Tensor count = line.m.input("count", i64, {});
    EXPECT_EQ(test::refusal_text([&] { training_step(line.loss, sgd(), {.gradients = {count}}); }),
              "training_step: count is i64[]; only floating-point values have a gradient");
    EXPECT_EQ(test::refusal_text([&] { training_step(line.loss, sgd(), {.by = {line.y}}); }),
              "training_step: " + line.y.name() + " is no parameter of " + line.loss.name() + ", so a step does not change it");
    EXPECT_TRUE(test::refusal_text([&] { training_step(line.loss, sgd(), {.outputs = {other.y}}); }).starts_with("training_step: "));
}

}  // namespace
}  // namespace ricci
