// Optimizers: the table and its line of the reference, groups, limits of gradients, frozen parameters, one of the user's
// own, and what is refused. Values of most are in golden_optimizers_test.cpp.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "ir/ops/optimizer_table.h"
#include "ricci.h"
#include "tests/frontend/refusal.h"

namespace ricci {
namespace {

TEST(Optimizers, EachIsALineOfTheReference) {
    std::ifstream file(std::string(RICCI_SOURCE_DIR) + "/docs/language.md");
    std::stringstream text;
    text << file.rdbuf();
    for (const ir::OptimizerEntry& entry : ir::optimizers()) {
        std::string settings;
        for (const ir::OptimizerSetting& setting : entry.settings)
            settings += fmt::format("{}{} = {}", settings.empty() ? "" : ", ", setting.name, setting.standard);
        const std::string line = fmt::format("\n| `{}({})` | {}. {} |\n", entry.name, settings, entry.summary, entry.source);
        EXPECT_TRUE(text.str().contains(line)) << "docs/language.md lacks this line:" << line;
        for (const ir::OptimizerSetting& setting : entry.settings) EXPECT_FALSE(setting.doc.empty()) << setting.name;
    }
}

/// sum(w * x) over two parameters: the gradient of each is x.
struct Line {
    Model m{"line"};
    Tensor x = m.input("x", f64, {feature(3)});
    Tensor a = m.parameter("a.weight", f64, {feature(3)}, constant(1));
    Tensor b = m.parameter("b.bias", f64, {feature(3)}, constant(2));
    Tensor loss = sum(a * x + b * x);

    std::vector<double> after(const Optimizer& optimizer, const std::vector<std::vector<double>>& steps,
                              const std::string& of = "a.weight") {
        Function step = compile(training_step(loss, optimizer));
        for (const std::vector<double>& gradient : steps) step({{"x", Array(gradient, {feature(3)})}});
        const auto values = step.parameters()[of].span<double>();
        return {values.begin(), values.end()};
    }
};

TEST(Optimizers, LionFollowsItsPaper) {
    double w[] = {1, 1, 1}, m[] = {0, 0, 0};
    const std::vector<std::vector<double>> gradients = {{1, -2, 0}, {-3, 0.5, 0.25}, {0.1, 0.1, -4}};
    for (const std::vector<double>& g : gradients) {
        for (int i = 0; i < 3; ++i) {
            const double c = 0.8 * m[i] + (1 - 0.8) * g[static_cast<std::size_t>(i)];
            w[i] = w[i] - 0.1 * 0.5 * w[i] - 0.1 * (c > 0 ? 1 : c < 0 ? -1 : 0);
            m[i] = 0.95 * m[i] + (1 - 0.95) * g[static_cast<std::size_t>(i)];
        }
    }
    const auto after =
        Line().after(lion({.learning_rate = 0.1, .beta1 = 0.8, .beta2 = 0.95, .weight_decay = 0.5}), gradients);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(after[i], w[i], 1e-14);
}

TEST(Optimizers, AGroupHasItsOwnSettings) {
    const Optimizer optimizer = sgd({.learning_rate = 0.1}).group("bias", {{"rate_factor", 3}, {"weight_decay", 0.5}});
    EXPECT_EQ(Line().after(optimizer, {{1, 2, 3}}), (std::vector<double>{1 - 0.1 * 1, 1 - 0.1 * 2, 1 - 0.1 * 3}));
    const auto bias = Line().after(optimizer, {{1, 2, 3}}, "b.bias");
    for (int i = 0; i < 3; ++i) EXPECT_NEAR(bias[static_cast<std::size_t>(i)], 2 - 0.3 * (i + 1 + 0.5 * 2), 1e-15);
}

TEST(Optimizers, WhatIsFrozenStaysAndCostsNoGradient) {
    Line line;
    const Optimizer optimizer = adam({.learning_rate = 0.1}).freeze("b");
    EXPECT_EQ(line.after(optimizer, {{1, 2, 3}, {4, 5, 6}}, "b.bias"), (std::vector<double>{2, 2, 2}));
    EXPECT_NE(line.after(optimizer, {{1, 2, 3}}), (std::vector<double>{1, 1, 1}));
    const Program step = training_step(line.loss, optimizer);
    EXPECT_FALSE(compile(step).parameters().contains("b.bias.m"));
}

TEST(Optimizers, ClippingHoldsTheNormOfAllGradients) {
    const double norm = std::sqrt(2 * (9.0 + 16.0));  // of both parameters
    const auto after = Line().after(sgd({.learning_rate = 1}).clip_norm(0.5), {{3, 0, 4}});
    EXPECT_NEAR(after[0], 1 - 3 * 0.5 / norm, 1e-7);
    EXPECT_NEAR(after[2], 1 - 4 * 0.5 / norm, 1e-7);
    const auto below = Line().after(sgd({.learning_rate = 1}).clip_norm(100), {{3, 0, 4}});
    EXPECT_EQ(below, (std::vector<double>{-2, 1, -3}));
    const auto last = Line().after(sgd({.learning_rate = 1}).clip_norm(0.1).clip_norm(100), {{3, 0, 4}});
    EXPECT_EQ(last, below) << "the limit that was given last counts";
    const auto each = Line().after(sgd({.learning_rate = 1}).clip_value(1), {{3, 0.5, -4}});
    EXPECT_EQ(each, (std::vector<double>{0, 0.5, 2}));
}

TEST(Optimizers, OneOfTheUsersOwnRunsAsOneOfTheTable) {
    const Optimizer own = optimizer("heavy_ball", 0.1, R"(
        state m[...]
        m.next[...] = beta * m[...] + g[...]
        w.next[...] = w[...] - learning_rate[] * m.next[...]
    )", {{"beta", 0.9}});
    const std::vector<std::vector<double>> gradients = {{1, 2, 3}, {-1, 0, 2}, {0.5, 0.5, 0.5}};
    EXPECT_EQ(Line().after(own, gradients), Line().after(sgd({.learning_rate = 0.1, .momentum = 0.9}), gradients));
    EXPECT_EQ(Line().after(own.group("a", {{"beta", 0}}), gradients), Line().after(sgd({.learning_rate = 0.1}), gradients));
}

TEST(Optimizers, RefusesWhatItCannotFollow) {
    const auto step_of = [](const Optimizer& optimizer) { compile(training_step(Line().loss, optimizer)); };
    EXPECT_EQ(test::refusal_text([] { adam({.beta1 = 1}); }), "adam: beta1 is 1; it is at least 0 and below 1");
    EXPECT_EQ(test::refusal_text([] { sgd().group("bias", {{"decay", 0}}); }),
              "sgd, parameters bias has no setting \"decay\"; it has momentum, weight_decay, nesterov, rate_factor, frozen");
    EXPECT_EQ(test::refusal_text([] { sgd().group("bias", {{"frozen", 0}, {"frozen", 1}}); }),
              "sgd, parameters bias: frozen is given twice");
    EXPECT_EQ(test::refusal_text([] { sgd().clip_norm(-1); }), "sgd: clip_norm is -1; it is a finite number of at least 0");
    EXPECT_EQ(test::refusal_text([&] { step_of(sgd().freeze("bais")); }),
              "no parameter has \"bais\" in its name, for which settings are given; there are a.weight, b.bias");
    EXPECT_EQ(test::refusal_text([&] { step_of(sgd().freeze("a").freeze("b")); }),
              "train \"sum1\": all its parameters are frozen (a.weight, b.bias)");
    EXPECT_EQ(test::refusal_text([] { optimizer("sgd", 0.1, "w.next[...] = w[...]"); }),
              "optimizer \"sgd\" is one of the table; give yours another name");
    EXPECT_EQ(test::refusal_text([] { optimizer("mine", 0.1, "\n  \n"); }), "optimizer \"mine\" has no lines");
    EXPECT_EQ(test::refusal_text([&] { step_of(optimizer("mine", 0.1, "m[...] = g[...]")); }),
              "optimizer mine has no line for w.next, what the parameter is after a step");
    EXPECT_EQ(test::refusal_text([&] { step_of(optimizer("mine", 0.1, "state m[...]\nw.next[...] = w[...] - m[...]")); }),
              "optimizer mine has no line for m.next, what its state is after a step");
    EXPECT_EQ(test::refusal_text([&] { step_of(optimizer("mine", 0.1, "w.next[...] = w[...] - rate * g[...]")); }),
              "optimizer mine:1: optimizer mine has no setting rate");
    EXPECT_EQ(test::refusal_text([&] { step_of(optimizer("mine", 0.1, "w.next[...] = w[...] - v[...]")); }),
              "optimizer mine:1: optimizer mine reads v, which is no state and no line of it; it may read w, g, "
              "learning_rate[] and step[] too");
    EXPECT_EQ(test::refusal_text([&] { step_of(optimizer("mine", 0.1, "w.next[...] = w[...] - late[...]\nlate[...] = g[...]")); }),
              "optimizer mine:1: optimizer mine reads late before its line");
}

}  // namespace
}  // namespace ricci
