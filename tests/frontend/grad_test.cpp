/// \file tests/frontend/grad_test.cpp
/// grad(of, by) as a tensor: derivatives of first and higher order, in losses, and of the graphs of the autograd lecture.
#include "ricci/gradient.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ricci/arithmetic.h"
#include "ricci/compile.h"
#include "ricci/layers.h"
#include "ricci/losses.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

Array row(const std::vector<double>& numbers) { return Array(numbers, {feature(static_cast<std::int64_t>(numbers.size()))}); }
Array scalar(double number) { return Array(std::vector<double>{number}, std::vector<Axis>{}); }

TEST(Grad, IsATensorThatIsDifferentiatedAgain) {
    Model m("m");
    const Tensor x = m.input("x", f64, {feature(3)});
    const Tensor first = grad(sum(x * x * x * x), x);
    const Tensor second = grad(sum(first), x);
    const Tensor third = grad(sum(second), x);
    EXPECT_EQ(to_string(third.type()), "f64[feature 3]");
    const Array at = row({-1.5, 0, 2});
    const Results results = compile_forced(forward({first, second, third}))(at);
    for (std::int64_t i = 0; i < 3; ++i) {
        const double v = at.at({i});
        EXPECT_NEAR(results[0].at({i}), 4 * v * v * v, 1e-12);
        EXPECT_NEAR(results[1].at({i}), 12 * v * v, 1e-12);
        EXPECT_NEAR(results[2].at({i}), 24 * v, 1e-12);
    }
}

TEST(Grad, OfEachSampleByItsOwnInput) {
    Model m("pinn");
    const Tensor x = m.input("x", f64, {batch()});
    const Tensor u = sin(2 * x) * exp(-x);
    const Tensor slope = grad(sum(u), x);
    const Tensor residual = grad(sum(slope), x) + 2 * slope + 5 * u;  // u'' + 2 u' + 5 u is 0
    const Array at(std::vector<double>{-1, 0, 0.3, 2}, {batch(4)});
    const Results results = compile_forced(residual)(at);
    for (const double value : results[0].span<double>()) EXPECT_NEAR(value, 0, 1e-13);
}

TEST(Grad, StandsInALossThatTrains) {
    // f(x) = a x^2 is to have slope 6 at 1: a becomes 3.
    Model m("slope");
    const Tensor x = m.input("x", f64, {feature(1)});
    const Tensor a = m.parameter("a", f64, {}, constant(0));
    const Tensor slope = grad(sum(a * x * x), x);
    const Tensor loss = sum((slope - 6) * (slope - 6));
    auto step = compile_forced(training_step(loss, sgd({.learning_rate = 0.05f})));
    const Array at = row({1});
    double last = 0;
    for (int i = 0; i < 60; ++i) last = step(at).scalar();
    EXPECT_LT(last, 1e-6);
    EXPECT_NEAR(m.parameters()["a"].scalar(), 3, 1e-4);
}

TEST(Grad, ByTheInputAsAPenalty) {
    // The penalty |d (w . x) / d x|^2 is |w|^2, and its gradient by w is 2 w.
    Model m("penalty");
    const Tensor x = m.input("x", f64, {batch(), feature(3)});
    const Tensor w = m.parameter("w", f64, {feature(3)}, constant(0.5));
    const Tensor by_x = grad(sum(x * w), x);
    const Tensor penalty = sum(by_x * by_x) / 2.0;  // two samples have the same
    const Results results = compile_forced(gradients(penalty, {w}))(Array(std::vector<double>{1, 2, 3, 4, 5, 6}, {batch(2), feature(3)}));
    EXPECT_NEAR(results[0].scalar(), 0.75, 1e-14);
    for (const double value : results[1].span<double>()) EXPECT_NEAR(value, 1, 1e-14);
}

TEST(Grad, OfSeveralAndOfNothing) {
    Model m("m");
    const Tensor x = m.input("x", f64, {feature(2)});
    const Tensor y = m.input("y", f64, {feature(2)});
    const Tensor z = m.input("z", f64, {});
    const std::vector<Tensor> all = grad(sum(x * y), std::vector<Tensor>{x, y, z});
    ASSERT_EQ(all.size(), 3U);
    const Results results = compile_forced(forward(all))({{"x", row({1, 2})}, {"y", row({3, 4})}});
    EXPECT_EQ(fmt::format("{}", results[0]), "f64[feature 2] [3, 4]");
    EXPECT_EQ(fmt::format("{}", results[1]), "f64[feature 2] [1, 2]");
    EXPECT_EQ(results[2].scalar(), 0);
}

TEST(Grad, RefusesWhatHasNone) {
    Model m("m");
    const Tensor x = m.input("x", f64, {feature(2)});
    const Tensor n = m.input("n", i32, {feature(2)});
    const std::string before = m.text();
    EXPECT_EQ(refusal_text([&] { grad(x, x); }), "grad: x is f64[feature 2], not one number; take its mean(...) or sum(...)");
    EXPECT_EQ(m.text(), before);
    EXPECT_EQ(refusal_text([&] { grad(sum(x), n); }), "grad: n is i32[feature 2]; only floating-point values have a gradient");
}

// The graphs of the lecture on autograd, as scalars.

TEST(Autograd, ASharedNodeGetsBothParts) {
    // f(x, y) = log(1 + exp(-(x + y))) * (x + y): the sum is used twice.
    Model m("shared");
    const Tensor x = m.input("x", f64, {}), y = m.input("y", f64, {});
    const Tensor s = x + y;
    const Tensor f = log(1 + exp(-s)) * s;
    const Results results = compile_forced(gradients(f, {x, y}))(scalar(0.5), scalar(-1.25));
    const double v = -0.75, slope = std::log1p(std::exp(-v)) - v / (1 + std::exp(v));
    EXPECT_NEAR(results[0].scalar(), std::log1p(std::exp(-v)) * v, 1e-14);
    EXPECT_NEAR(results[1].scalar(), slope, 1e-14);
    EXPECT_NEAR(results[2].scalar(), slope, 1e-14);
}

TEST(Autograd, ADotProductOfScalars) {
    Model m("dot");
    std::vector<Tensor> x, y;
    for (const char* name : {"x1", "x2", "x3"}) x.push_back(m.input(name, f64, {}));
    for (const char* name : {"y1", "y2", "y3"}) y.push_back(m.input(name, f64, {}));
    const Tensor f = x[0] * y[0] + x[1] * y[1] + x[2] * y[2];
    std::vector<Tensor> all = x;
    all.insert(all.end(), y.begin(), y.end());
    const Results results = compile_forced(gradients(f, all))(scalar(1), scalar(2), scalar(3), scalar(4), scalar(5), scalar(6));
    EXPECT_EQ(results[0].scalar(), 32);
    for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(results[i + 1].scalar(), static_cast<double>((i + 3) % 6 + 1));
}

TEST(Autograd, CrossEntropyOfThreeScalarsIsSoftmaxMinusOne) {
    Model m("entropy");
    const Tensor z1 = m.input("z1", f64, {}), z2 = m.input("z2", f64, {}), z3 = m.input("z3", f64, {});
    const Tensor e1 = exp(z1), e2 = exp(z2), e3 = exp(z3);
    const Tensor loss = -log(e1 / (e1 + e2 + e3));
    const Results results = compile_forced(gradients(loss, {z1, z2, z3}))(scalar(0.5), scalar(-1), scalar(2));
    const double e[] = {std::exp(0.5), std::exp(-1), std::exp(2)}, all = e[0] + e[1] + e[2];
    EXPECT_NEAR(results[0].scalar(), -std::log(e[0] / all), 1e-14);
    EXPECT_NEAR(results[1].scalar(), e[0] / all - 1, 1e-14);
    EXPECT_NEAR(results[2].scalar(), e[1] / all, 1e-14);
    EXPECT_NEAR(results[3].scalar(), e[2] / all, 1e-14);
}

TEST(Autograd, TheCrossEntropyOfTheTableDoesNotOverflow) {
    Model m("safe");
    const Tensor logits = m.input("logits", f32, {batch(), classes(3)});
    const Tensor labels = m.input("labels", i32, {batch()});
    // As written on the board it does: exp(1000) is infinite, and infinite by infinite is no number.
    const Tensor naive = -log(exp(logits) / sum(exp(logits), {classes}));
    const Tensor safe = mean(softmax_cross_entropy(logits, labels));
    const Array z(std::vector<float>{1000, 0, -1000, -1000, 1000, 1000}, {batch(2), classes(3)});
    const Array which(std::vector<std::int32_t>{0, 0}, {batch(2)});
    const Results wrong = compile_forced(naive)({{"logits", z}});
    EXPECT_TRUE(std::isnan(wrong[0].at({0, 0})));
    const Results right = compile_forced(gradients(safe, {logits}))(z, which);
    EXPECT_NEAR(right[0].scalar(), (0 + 2000 + std::log(2)) / 2, 1e-3);
    const std::vector<float> expected = {0, 0, 0, -0.5, 0.25, 0.25};
    for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(right[1].span<float>()[i], expected[i], 1e-6);
}

}  // namespace
}  // namespace ricci::test
