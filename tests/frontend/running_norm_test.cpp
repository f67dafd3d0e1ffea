// Batch normalisation takes statistics of the batch in training, and the running ones in use. These follow PyTorch's rule.
// And the options that are refused.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "ricci.h"
#include "tests/frontend/refusal.h"

namespace ricci {
namespace {

constexpr int kBatch = 6, kChannels = 2, kSide = 3;

double pixel(int b, int c, int y, int x, int step) { return std::sin(1.0 + b * 7 + c * 3 + y * 5 + x * 2 + step * 11) + c; }

Array images(int step) {
    std::vector<double> elements;
    for (int b = 0; b < kBatch; ++b)
        for (int c = 0; c < kChannels; ++c)
            for (int y = 0; y < kSide; ++y)
                for (int x = 0; x < kSide; ++x) elements.push_back(pixel(b, c, y, x, step));
    return Array(elements, {kBatch, kChannels, kSide, kSide});
}

struct Statistics {
    double mean = 0, variance = 0;
};
Statistics of_channel(int c, int step) {
    Statistics s;
    constexpr int n = kBatch * kSide * kSide;
    for (int pass = 0; pass < 2; ++pass)
        for (int b = 0; b < kBatch; ++b)
            for (int y = 0; y < kSide; ++y)
                for (int x = 0; x < kSide; ++x) {
                    const double value = pixel(b, c, y, x, step);
                    if (pass == 0) s.mean += value / n;
                    if (pass == 1) s.variance += (value - s.mean) * (value - s.mean) / n;
                }
    return s;
}

struct Normalised {
    Model m{"normalised"};
    Tensor x = m.input("x", f64, {batch(), channel(kChannels), height(kSide), width(kSide)});
    Tensor y = batch_norm(x, {.running = 0.25, .name = "norm"});
    Tensor loss = mean(square(y));
};

TEST(RunningNorm, TrainingTakesTheBatchAndUseTheRunningStatistics) {
    Normalised model;
    Function step = compile(training_step(model.loss, sgd({.learning_rate = 0})));
    Function use = compile(forward({model.y}));
    Statistics running[kChannels] = {{0, 1}, {0, 1}};
    constexpr double n = kBatch * kSide * kSide;
    for (int number = 0; number < 3; ++number) {
        const double loss = step({{"x", images(number)}})["loss"].scalar();
        double expected = 0;
        for (int c = 0; c < kChannels; ++c) {
            const Statistics now = of_channel(c, number);
            expected += now.variance / (now.variance + 1e-5) / kChannels;
            running[c].mean = 0.75 * running[c].mean + 0.25 * now.mean;
            running[c].variance = 0.75 * running[c].variance + 0.25 * now.variance * n / (n - 1);
            EXPECT_NEAR(model.m.parameters()["norm.running_mean"].span<double>()[static_cast<std::size_t>(c)], running[c].mean, 1e-14);
            EXPECT_NEAR(model.m.parameters()["norm.running_variance"].span<double>()[static_cast<std::size_t>(c)], running[c].variance, 1e-14);
        }
        EXPECT_NEAR(loss, expected, 1e-13);
    }
    const auto results = use({{"x", images(5)}});
    const auto found = results["norm"].span<double>();
    std::size_t at = 0;
    for (int b = 0; b < kBatch; ++b)
        for (int c = 0; c < kChannels; ++c)
            for (int y = 0; y < kSide; ++y)
                for (int x = 0; x < kSide; ++x)
                    EXPECT_NEAR(found[at++], (pixel(b, c, y, x, 5) - running[c].mean) / std::sqrt(running[c].variance + 1e-5), 1e-13);
}

TEST(RunningNorm, TheBatchNeedNotBeTheFirstAxis) {
    Model m("channels_first");
    Tensor x = m.input("x", f64, {channel(2), batch()});
    Function step = compile(training_step(mean(square(batch_norm(x, {.running = 1, .name = "norm"}))), sgd()));
    step({{"x", Array(std::vector<double>{1, 2, 3, 2, 4, 6}, {2, 3})}});
    const auto variance = m.parameters()["norm.running_variance"].span<double>();
    EXPECT_NEAR(variance[0], 1, 1e-14);  // of three samples, by two
    EXPECT_NEAR(variance[1], 4, 1e-14);
}

TEST(RunningNorm, UseReadsNoStatisticsOfTheBatch) {
    Normalised model;
    const std::string use = forward({model.y}).text();
    EXPECT_FALSE(use.contains("norm.mean")) << use;
    EXPECT_FALSE(use.contains("training")) << use;
    const std::string step = training_step(model.loss, sgd()).text();
    EXPECT_TRUE(step.contains("update norm.running_mean = norm.running_mean.next")) << step;
}

TEST(RunningNorm, RefusesOptionsAndLeavesNoTrace) {
    Model m("m");
    Tensor x = m.input("x", f32, {batch(), feature(3)});
    const std::string before = m.text();
    EXPECT_EQ(test::refusal_text([&] { batch_norm(x, {.running = 2, .name = "n"}); }),
              "batch_norm \"n\": running is 2; it is a share from 0 to 1, and 0 keeps no statistics");
    EXPECT_EQ(test::refusal_text([&] { batch_norm(x, {.eps = -1, .running = 0.1, .name = "n"}); }), "batch_norm \"n\": eps is -1; it is at least 0");
    EXPECT_EQ(m.text(), before);
}

}  // namespace
}  // namespace ricci
