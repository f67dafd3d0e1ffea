/// \file tests/frontend/compile_test.cpp
/// Programs that run: parameters, calls, training, by the interpreter and by machine code alike.
#include "ricci/compile.h"

#include <gtest/gtest.h>

#include "ricci/notation.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

/// y = w x + c, fitted to the line y = 3 x - 1 by the mean of squared errors.
class Compile : public testing::TestWithParam<Engine> {
  protected:
    Compile() {
        y[b] = sum(k)(w[k] * x[b, k]) + c[];
        loss[] = sum(b)((y[b] - target[b]) * (y[b] - target[b]) / cast(extent(b), f32));
    }

    CompileOptions options() const { return {.threads = 1, .engine = GetParam()}; }

    static std::vector<float> xs() { return {-1, -0.5, 0, 0.5, 1, 2}; }
    static std::vector<float> targets() { return {-4, -2.5, -1, 0.5, 2, 5}; }

    Index b{"b", batch}, k{"k", feature};
    Model m{"line"};
    Tensor x = m.input("x", f32, {batch(), feature(1)});
    Tensor target = m.input("target", f32, {batch()});
    Tensor w = m.parameter("w", f32, {feature(1)}, constant(2));
    Tensor c = m.parameter("c", f32, {}, constant(0.5));
    Tensor y = m.tensor("y");
    Tensor loss = m.tensor("loss");
};

struct Inputs {
    std::vector<float> values;
    std::vector<std::int64_t> extents;
    operator Argument() const { return Argument(std::span<const float>(values), extents); }
};

TEST_P(Compile, AForwardPassTakesOnlyTheInputsItNeeds) {
    Function predict = compile_forced(y, options());
    const Array& out = predict(Inputs{{0, 1, 2}, {3, 1}})[0];
    EXPECT_EQ(describe(out), "y: f32[batch 3]");
    EXPECT_EQ(std::vector(out.span<float>().begin(), out.span<float>().end()), (std::vector<float>{0.5, 2.5, 4.5}));
}

TEST_P(Compile, ATrainingStepGivesTheLossBeforeItsUpdate) {
    Function step = compile_forced(training_step(loss, sgd({.learning_rate = 0.1f})), options());
    // Residuals of x = 0 and 1: 1.5 and 0.5; d/dw = 2 * (0 + 0.5) / 2, d/dc = 2 * (1.5 + 0.5) / 2.
    EXPECT_FLOAT_EQ(step(Inputs{{0, 1}, {2, 1}}, Inputs{{-1, 2}, {2}}).scalar(), (1.5 * 1.5 + 0.5 * 0.5) / 2);
    EXPECT_FLOAT_EQ(step.parameters()["w"].span<float>()[0], 2 - 0.1 * 0.5);
    EXPECT_FLOAT_EQ(step.parameters()["c"].span<float>()[0], 0.5 - 0.1 * 2);
}

TEST_P(Compile, TrainingFindsTheLine) {
    Function step = compile_forced(training_step(loss, sgd({.learning_rate = 0.1f, .momentum = 0.5f})), options());
    for (int i = 0; i < 200; ++i) step(Inputs{xs(), {6, 1}}, Inputs{targets(), {6}});
    EXPECT_NEAR(step.parameters()["w"].span<float>()[0], 3, 1e-3);
    EXPECT_NEAR(step.parameters()["c"].span<float>()[0], -1, 1e-3);
}

TEST_P(Compile, ProgramsOfOneModelShareItsParameters) {
    Function step = compile_forced(training_step(loss, sgd({.learning_rate = 0.1f})), options());
    Function predict = compile_forced(y, options());
    step(Inputs{{0, 1}, {2, 1}}, Inputs{{-1, 2}, {2}});
    EXPECT_FLOAT_EQ(static_cast<float>(predict(Inputs{{0}, {1, 1}}).scalar()), 0.5 - 0.1 * 2);
}

TEST_P(Compile, AProgramCanHaveParametersOfItsOwn) {
    Parameters own;
    Function step = compile_forced(training_step(loss, sgd({.learning_rate = 0.1f})), options());
    CompileOptions with_own = options();
    with_own.parameters = own;
    Function predict = compile_forced(y, with_own);
    step(Inputs{{0, 1}, {2, 1}}, Inputs{{-1, 2}, {2}});
    EXPECT_EQ(predict(Inputs{{0}, {1, 1}}).scalar(), 0.5);
}

TEST_P(Compile, TheLearningRateIsSetBetweenSteps) {
    Function step = compile_forced(training_step(loss, sgd({.learning_rate = 0.1f})), options());
    step.set("learning_rate", 0);
    step(Inputs{{0, 1}, {2, 1}}, Inputs{{-1, 2}, {2}});
    EXPECT_EQ(step.parameters()["w"].span<float>()[0], 2);
}

TEST_P(Compile, GradientsAreOutputsByTheNameOfTheParameter) {
    Function gradient = compile_forced(gradients(loss), options());
    Results results = gradient(Inputs{{0, 1}, {2, 1}}, Inputs{{-1, 2}, {2}});
    EXPECT_FLOAT_EQ(results["gradient.w"].span<float>()[0], 0.5);
    EXPECT_FLOAT_EQ(results["gradient.c"].span<float>()[0], 2);
    EXPECT_FLOAT_EQ(results["loss"].span<float>()[0], 1.25);
}

TEST_P(Compile, TheBatchIsThatOfTheCall) {
    Function predict = compile_forced(y, options());
    EXPECT_EQ(predict(Inputs{{0, 1, 2}, {3, 1}})[0].size(), 3);
    EXPECT_EQ(predict(Inputs{{7}, {1, 1}})[0].size(), 1);
}

TEST_P(Compile, ABadCallIsRefusedBeforeAnythingRuns) {
    Function step = compile_forced(training_step(loss, sgd({.learning_rate = 0.1f})), options());
    const Inputs good_x{{0, 1}, {2, 1}}, good_target{{-1, 2}, {2}};
    const std::vector<std::int32_t> integers = {1, 2};
    const std::vector<std::int64_t> two = {2};
    EXPECT_EQ(refusal([&] { step(good_x); }), "line: input \"target\" is not given; the inputs are x, target");
    EXPECT_EQ(refusal([&] {
                  step(Inputs{{0, 1}, {1, 2}}, good_target);
              }),
              "line: input \"x\" has feature 2 (axis 1) but the program takes 1; reshape it or compile for 2");
    EXPECT_EQ(refusal([&] { step(good_x, Argument(std::span(integers), two)); }),
              "line: input \"target\" is i32 but the program takes f32; convert it or compile for i32");
    EXPECT_EQ(refusal([&] {
                  step(good_x, Inputs{{1, 2, 3}, {3}});
              }),
              "line: input \"target\" has batch 3 (axis 0) but input \"x\" has 2; give every input the same batch");
    EXPECT_EQ(refusal([&] { step(good_x, good_target, good_x); }),
              "line: 3 inputs are given but there are 2: x, target");
    EXPECT_EQ(refusal([&] {
                  step(good_x, Inputs{{1, 2, 3}, {2}});
              }),
              "an argument of 3 elements has extents [2], which are 2 elements");
    EXPECT_EQ(step.parameters()["w"].span<float>()[0], 2);
}

INSTANTIATE_TEST_SUITE_P(Engines, Compile, testing::Values(Engine::interpreter, Engine::jit),
                         [](const auto& engine) { return engine.param == Engine::jit ? "jit" : "interpreter"; });

}  // namespace
}  // namespace ricci::test
