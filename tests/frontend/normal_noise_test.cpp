// Normal numbers: the formula of Box and Muller on Philox's bits, alike in machine code and interpreter, for any threads.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "ir/base/philox.h"
#include "ir/text/parser.h"
#include "ricci.h"
#include "runtime/base/random.h"
#include "tests/frontend/compiled.h"
#include "tests/frontend/refusal.h"

namespace ricci {
namespace {

constexpr int kBatch = 50, kFeatures = 40;

/// Box and Muller 1958, written anew.
double normal_of(std::int64_t key, std::int64_t place, std::int64_t stream) {
    const double u = std::ldexp(static_cast<double>(ir::random_bits(key, place, stream)) + 1, -52);
    const double v = std::ldexp(static_cast<double>(ir::random_bits(key, place, -1 - stream)), -52);
    return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
}

std::vector<double> elements(const Array& array) {
    const auto span = array.span<double>();
    return {span.begin(), span.end()};
}

struct Noisy {
    Model m{"noisy"};
    Tensor x = m.input("x", f64, {batch(), feature(kFeatures)});
    Tensor w = m.parameter("w", f64, {feature(kFeatures)}, constant(1));
    Tensor y, loss;

    explicit Noisy(double deviation) {
        Tensor scaled = m.tensor("scaled");
        const Index b("b", batch), f("f", feature);
        scaled[b, f] = w[f] * x[b, f];
        y = gaussian_noise(scaled, {.deviation = deviation});
        loss = sum(y * y);
    }
    static Array ones() { return Array(std::vector<double>(kBatch * kFeatures, 1), {kBatch, kFeatures}); }
    /// What a step with this loss takes from w: 2 * sum over the samples of 1 + noise.
    std::vector<double> slopes(int threads, Engine engine = Engine::jit) {
        Function step = compile(training_step(loss, sgd({.learning_rate = 1})), {.threads = threads, .engine = engine});
        step({{"x", ones()}});
        std::vector<double> result = elements(m.parameters()["w"]);
        for (double& element : result) element = 1 - element;
        return result;
    }
};

TEST(NormalNoise, AddsWhatTheFormulaSaysAndItsGradientDrawsTheSame) {
    std::vector<double> expected(kFeatures, 0);
    for (int b = 0; b < kBatch; ++b) {
        for (int f = 0; f < kFeatures; ++f) expected[static_cast<std::size_t>(f)] += 2 * (1 + 0.5 * normal_of(0, b * kFeatures + f, 1));
    }
    const std::vector<double> one = Noisy(0.5).slopes(1);
    for (std::size_t f = 0; f < kFeatures; ++f) EXPECT_NEAR(one[f], expected[f], 1e-11);
    EXPECT_EQ(Noisy(0.5).slopes(2), one);
    EXPECT_EQ(Noisy(0.5).slopes(3), one);
    const std::vector<double> read = Noisy(0.5).slopes(1, Engine::interpreter);
    for (std::size_t f = 0; f < kFeatures; ++f) EXPECT_NEAR(read[f], expected[f], 1e-11);
}

TEST(NormalNoise, InUseNothingIsAdded) {
    Noisy model(0.5);
    const Program use = forward({model.y});
    EXPECT_FALSE(use.text().contains("random_bits")) << use.text();
    EXPECT_EQ(elements(compile(use)({{"x", Noisy::ones()}})[0]), std::vector<double>(kBatch * kFeatures, 1));
}

std::vector<double> drawn(Engine engine, int threads, std::int64_t key, DType dtype = f64) {
    Model m("drawn");
    Tensor x = m.input("x", dtype, {batch(), feature(kFeatures)});
    Tensor z = random_normal(m, dtype, {batch(), feature(kFeatures)}, {.mean = 3, .deviation = 2});
    Function f = compile(forward({x + z}), {.threads = threads, .engine = engine});
    m.parameters().set("noise.key", static_cast<double>(key));
    const Array none(dtype, std::vector<Axis>{batch(500), feature(kFeatures)});
    const Array found = f({{"x", none}})[0];
    if (dtype == f64) return elements(found);
    const auto span = found.span<float>();
    return {span.begin(), span.end()};
}

TEST(NormalNoise, MomentsAndTailsAreThoseOfTheDistribution) {
    const std::vector<double> numbers = drawn(Engine::jit, 1, 7);
    const auto count = static_cast<double>(numbers.size());  // 20,000
    double mean = 0, second = 0, third = 0, fourth = 0, within = 0, far = 0;
    for (const double number : numbers) {
        const double z = (number - 3) / 2;
        mean += z / count;
        second += z * z / count;
        third += z * z * z / count;
        fourth += z * z * z * z / count;
        within += std::abs(z) < 1 ? 1 / count : 0;
        far += std::abs(z) > 2.5758293035489 ? 1 / count : 0;
    }
    // Five deviations of each mean of 20,000.
    EXPECT_NEAR(mean, 0, 5 / std::sqrt(count));
    EXPECT_NEAR(second, 1, 5 * std::sqrt(2 / count));
    EXPECT_NEAR(third, 0, 5 * std::sqrt(15 / count));
    EXPECT_NEAR(fourth, 3, 5 * std::sqrt(96 / count));
    EXPECT_NEAR(within, 0.682689, 5 * std::sqrt(0.683 * 0.317 / count));
    EXPECT_NEAR(far, 0.01, 5 * std::sqrt(0.01 / count));
}

TEST(NormalNoise, EnginesThreadsAndTypesAgree) {
    const std::vector<double> one = drawn(Engine::jit, 1, 3);
    EXPECT_EQ(drawn(Engine::jit, 3, 3), one);
    EXPECT_NE(drawn(Engine::jit, 1, 4), one);
    const std::vector<double> read = drawn(Engine::interpreter, 1, 3), single = drawn(Engine::jit, 1, 3, f32);
    for (std::size_t i = 0; i < one.size(); ++i) {
        ASSERT_NEAR(one[i], 3 + 2 * normal_of(3, static_cast<std::int64_t>(i), 1), 1e-13) << i;
        ASSERT_NEAR(read[i], one[i], 1e-13) << i;
        ASSERT_NEAR(single[i], one[i], 1e-6) << i;
    }
}

TEST(NormalNoise, ATextCallsItOnWholeNumbersOfAnyForm) {
    const auto y = [](const std::string& equation) {
        return testing::Compiled(ir::parse("ricci 1 model m\ninput k: i32[feature 5]\n" + equation + "\noutput y\n"))(
            {{"k", ir::Array{.extents = {5}, .elements = {}, .integers = {0, 1, 2, 3, 4}}}}).at("y").elements;
    };
    for (int i = 0; i < 5; ++i) {
        const auto at = static_cast<std::size_t>(i);
        EXPECT_NEAR(y("y[i: feature 5] = random_normal(9, i, 2)")[at], normal_of(9, i, 2), 1e-14);
        EXPECT_NEAR(y("y[i: feature 5] = 2 * random_normal(9, k[i], -4)")[at], 2 * normal_of(9, i, -4), 1e-14);
        EXPECT_NEAR(y("y[i: feature 5] = f64(k[i]) + random_normal(1, 2, 3)")[at], i + normal_of(1, 2, 3), 1e-14);
    }
}

TEST(NormalNoise, IsATermOfCppToo) {
    Model m("term");
    Tensor key = noise_key(m);
    Tensor y = m.tensor("y");
    const Index f("f", feature(6));
    y[f] = random_normal(key[], f, 5);
    const std::vector<double> found = elements(compile(forward({y})).run(std::vector<Argument>{})[0]);
    for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(found[i], normal_of(0, static_cast<std::int64_t>(i), 5), 1e-14);
}

TEST(UniformNoise, IsBitsByTwoToThe52) {
    Model m("uniform");
    Tensor key = noise_key(m);
    Tensor y = m.tensor("y");
    const Index f("f", feature(6));
    y[f] = random_uniform(key[], f, 5);
    const Tensor between = random_uniform(m, f64, {feature(7)}, {.low = -2, .high = 6});
    const Results got = compile(forward({y, between})).run(std::vector<Argument>{});
    for (std::size_t i = 0; i < 6; ++i)
        EXPECT_EQ(elements(got[0])[i], std::ldexp(static_cast<double>(ir::random_bits(0, static_cast<std::int64_t>(i), 5)), -52)) << i;
    for (std::size_t i = 0; i < 7; ++i) {
        const auto bits = static_cast<double>(ir::random_bits(0, static_cast<std::int64_t>(i), 1));
        EXPECT_EQ(elements(got[1])[i], -2 + 8 * std::ldexp(bits, -52)) << i;
    }
    using test::refusal_text;
    EXPECT_EQ(refusal_text([&] { random_uniform(m, f32, {feature(2)}, {.low = 1, .high = 0}); }),
              "random_uniform: from 1 to 0; the bounds are finite and in order");
    EXPECT_EQ(refusal_text([&] { random_uniform(m, i32, {feature(2)}); }),
              "random_uniform: i32[feature 2] is asked for; it draws floats");
}

/// docs/language.md: the generator's key is the seed, its place the element's number, its stream the name's hash.
TEST(InitialValues, AreWhatTheNotationDraws) {
    constexpr std::int64_t kSeed = 5, kElements = 200000;  // several threads' shares
    Model m("weights");
    const Tensor u = m.parameter("u", f64, {feature(kElements)}, uniform(-1, 3));
    const Tensor n = m.parameter("n", f64, {feature(kElements)}, normal(1, 2));
    const Tensor key = m.input("key", i64, {});
    Tensor of_u = m.tensor("of_u"), of_n = m.tensor("of_n");
    const Index f("f", feature(kElements));
    const runtime::Draws stream_u(kSeed, "u"), stream_n(kSeed, "n");
    of_u[f] = -1 + 4 * random_uniform(key[], f, stream_u.stream());
    of_n[f] = 1 + 2 * random_normal(key[], f, stream_n.stream());
    Function draw = compile(forward({of_u, of_n, u, n}));
    m.parameters().draw(kSeed);
    const Results got = draw({{"key", Array(std::vector<std::int64_t>{kSeed}, std::vector<Axis>{})}});
    EXPECT_EQ(elements(got[2]), elements(got[0]));
    const std::vector<double> expected = elements(got[1]), found = elements(got[3]);
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected[i], 1e-13) << i;
}

TEST(NormalNoise, WhatItCannotDrawIsRefused) {
    using test::refusal_text;
    Model m("refused");
    Tensor x = m.input("x", f32, {batch(), feature(3)});
    Tensor whole = m.input("n", i32, {batch()});
    EXPECT_EQ(refusal_text([&] { gaussian_noise(x, {.deviation = -1}); }), "gaussian_noise: deviation is -1; it is finite and at least 0");
    EXPECT_EQ(refusal_text([&] { gaussian_noise(whole); }), "gaussian_noise: n is i32[batch ?]; it is added to floats");
    EXPECT_EQ(refusal_text([&] { random_normal(m, f32, {batch()}, {.mean = std::numeric_limits<double>::infinity()}); }),
              "random_normal: mean is inf; it is finite");
    EXPECT_EQ(refusal_text([&] { random_normal(m, i32, {batch()}); }), "random_normal: i32[batch ?] is asked for; it draws floats");
    EXPECT_EQ(refusal_text([&] { random_normal(m, f32, {feature(3), batch()}); }),
              "random_normal: the result is f32[feature 3, batch ?]; the batch is its first axis");
}

}  // namespace
}  // namespace ricci
