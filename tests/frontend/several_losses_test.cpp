/// \file tests/frontend/several_losses_test.cpp
/// One model with several inputs, losses and optimizers, whose weights serve more than once.
#include <gtest/gtest.h>

#include "ricci.h"
#include "tests/frontend/function.h"

namespace ricci::test {
namespace {

struct Twins {
    Model m{"twins"};
    Tensor a = m.input("a", f64, {batch(), feature(3)});
    Tensor b = m.input("b", f64, {batch(), feature(3)});
    Tensor w = m.parameter("shared.w", f64, {feature(2), feature(3)}, values({0.5, -0.25, 0.125, 0.75, 0.5, -0.5}));
    Tensor v = m.parameter("own.v", f64, {feature(2)}, values({1, 2}));
    Tensor near() { return mean(square(apply("linear", {a, w}) - apply("linear", {b, w}))); }
    Tensor small() { return mean(square(apply("linear", {a, w}) * v)); }
};

const Array kA(std::vector<double>{1, 2, 3, 4, 5, 6}, {2, 3});
const Array kB(std::vector<double>{2, 1, 0, 1, 2, 1}, {2, 3});

// d/dw of the mean over 4 elements of (w a - w b)^2 is 2/4 of the sum of (w (a - b)) (a - b).
TEST(SeveralLosses, WeightsThatServeTwiceGetBothGradients) {
    Twins twins;
    Function f = compile_forced(gradients(twins.near(), {twins.w}));
    const Array got = f({{"a", kA}, {"b", kB}})[1];
    const double w[2][3] = {{0.5, -0.25, 0.125}, {0.75, 0.5, -0.5}};
    const double d[2][3] = {{-1, 1, 3}, {3, 3, 5}};
    for (int o = 0; o < 2; ++o) {
        for (int i = 0; i < 3; ++i) {
            double expected = 0;
            for (const auto& row : d) {
                const double along = w[o][0] * row[0] + w[o][1] * row[1] + w[o][2] * row[2];
                expected += 0.5 * along * row[i];
            }
            EXPECT_NEAR(got.at({o, i}), expected, 1e-12);
        }
    }
}

TEST(SeveralLosses, EachProgramTrainsWhatItDoesNotFreeze) {
    Twins twins;
    Function near = compile_forced(training_step(twins.near(), sgd({.learning_rate = 0.01})));
    Function small = compile_forced(training_step(twins.small(), adam({.learning_rate = 0.1}).freeze("shared")));
    Parameters parameters = twins.m.parameters();
    const Array w = parameters["shared.w"], v = parameters["own.v"];
    near({{"a", kA}, {"b", kB}});
    EXPECT_NE(parameters["shared.w"], w);
    EXPECT_EQ(parameters["own.v"], v);
    const Array after = parameters["shared.w"];
    small({{"a", kA}});
    EXPECT_EQ(parameters["shared.w"], after);
    EXPECT_NEAR(parameters["own.v"].at({0}), 0.9, 1e-6);  // the first step of Adam is its rate
}

TEST(SeveralLosses, AWeightedSumOfTwoIsOneLoss) {
    Twins twins;
    Function both = compile_forced(gradients(twins.near() + 3 * twins.small(), {twins.w}));
    Function near = compile_forced(gradients(twins.near(), {twins.w}));
    Function small = compile_forced(gradients(twins.small(), {twins.w}));
    const Array sum = both({{"a", kA}, {"b", kB}})[1], one = near({{"a", kA}, {"b", kB}})[1], other = small({{"a", kA}})[1];
    for (std::int64_t o = 0; o < 2; ++o) {
        for (std::int64_t i = 0; i < 3; ++i) EXPECT_NEAR(sum.at({o, i}), one.at({o, i}) + 3 * other.at({o, i}), 1e-12);
    }
}

TEST(Constants, AreNoParametersAndStayAsTheyAre) {
    Model m("m");
    Tensor x = m.input("x", f32, {batch(), feature(3)});
    Tensor k = m.constant("k", f32, {feature(3)}, {1, 2, -1});
    Tensor w = m.parameter("w", f32, {feature(3)}, constant(1));
    Function step = compile_forced(training_step(mean(sum(x * k * w, {feature})), sgd({.learning_rate = 0.5f})));
    EXPECT_EQ(m.parameter_count(), 3);
    const Array ones(std::vector<float>{1, 1, 1, 1, 1, 1}, {2, 3});
    EXPECT_EQ(step({{"x", ones}}).scalar(), 2);
    EXPECT_EQ(m.parameters()["k"].to_vector<float>(), (std::vector<float>{1, 2, -1}));
    EXPECT_EQ(m.parameters()["w"].to_vector<float>(), (std::vector<float>{0.5, 0, 1.5}));
    EXPECT_TRUE(m.text().contains("constant k: f32[feature 3] = {1, 2, -1}")) << m.text();
}

TEST(Constants, NoFileHoldsThem) {
    const auto file = std::filesystem::temp_directory_path() / "constants_test.safetensors";
    Model m("m");
    m.parameter("w", f32, {feature(2)}, values({1, 2}));
    m.constant("k", f32, {feature(2)}, {3, 4});
    m.parameters().save(file, true);
    Model other("m");
    other.parameter("w", f32, {feature(2)}, zeros());
    other.parameters().load(file);
    EXPECT_EQ(other.parameters()["w"].to_vector<float>(), (std::vector<float>{1, 2}));
    std::filesystem::remove(file);
}

}  // namespace
}  // namespace ricci::test
