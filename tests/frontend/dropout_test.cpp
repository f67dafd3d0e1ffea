// Dropout drops by key, place and layer, alike for any threads and engines. The backward pass drops the same. In use
// nothing is dropped.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "ir/base/philox.h"
#include "ricci.h"
#include "tests/frontend/refusal.h"

namespace ricci {
namespace {

constexpr int kBatch = 40, kFeatures = 30;

std::vector<double> elements(const Array& array) {
    const auto span = array.span<double>();
    return {span.begin(), span.end()};
}

/// y = dropout(w * x); loss = sum of y's elements, so that d.w sums what was kept.
struct Dropped {
    Model m{"dropped"};
    Tensor x = m.input("x", f64, {batch(), feature(kFeatures)});
    Tensor w = m.parameter("w", f64, {feature(kFeatures)}, constant(1));
    Tensor y, loss;

    explicit Dropped(double rate) {
        Tensor scaled = m.tensor("scaled");
        const Index b("b", batch), f("f", feature);
        scaled[b, f] = w[f] * x[b, f];
        y = dropout(scaled, {.rate = rate});
        loss = sum(y);
    }
    static Array ones() {
        return Array(std::vector<double>(kBatch * kFeatures, 1), {kBatch, kFeatures});
    }
    /// What a step takes from w: the sum over the samples of what the mask kept.
    std::vector<double> kept(int threads, Engine engine = Engine::jit) {
        Function step = compile(training_step(loss, sgd({.learning_rate = 1})), {.threads = threads, .engine = engine});
        step({{"x", ones()}});
        std::vector<double> result = elements(m.parameters()["w"]);
        for (double& element : result) element = 1 - element;
        return result;
    }
};

TEST(Dropout, KeepsWhatTheBitsSayAndScalesIt) {
    std::vector<double> expected(kFeatures, 0);
    for (int b = 0; b < kBatch; ++b) {
        for (int f = 0; f < kFeatures; ++f)
            if (ir::random_bits(0, b * kFeatures + f, 1) >= std::int64_t{1} << 50) expected[static_cast<std::size_t>(f)] += 4.0 / 3;
    }
    for (const int threads : {1, 2, 3}) {
        const std::vector<double> kept = Dropped(0.25).kept(threads);
        for (std::size_t f = 0; f < kFeatures; ++f) EXPECT_NEAR(kept[f], expected[f], 1e-12) << threads;
    }
    const std::vector<double> read = Dropped(0.25).kept(1, Engine::interpreter);
    for (std::size_t f = 0; f < kFeatures; ++f) EXPECT_NEAR(read[f], expected[f], 1e-12);
}

// Layers with products run in batch tiles, where a sample's number is not its place in the tile.
TEST(Dropout, DropsTheSameInBatchTiles) {
    const auto trained = [](Engine engine, int threads) {
        Model m("tiled");
        Tensor x = m.input("x", f32, {batch(), feature(24)});
        Tensor h = dropout(tanh(linear(x, 32, {.name = "first"})), {.rate = 0.5});
        Tensor loss = mean(square(linear(h, 8, {.name = "last"})));
        Function step = compile(training_step(loss, sgd({.learning_rate = 0.1})), {.threads = threads, .engine = engine});
        std::vector<float> numbers;
        for (int i = 0; i < 40 * 24; ++i) numbers.push_back(static_cast<float>(i % 13) / 13);
        for (int i = 0; i < 3; ++i) step({{"x", Array(numbers, {40, 24})}});
        const auto weights = m.parameters()["last.weight"].span<float>();
        return std::vector<float>(weights.begin(), weights.end());
    };
    const std::vector<float> expected = trained(Engine::interpreter, 1);
    for (const int threads : {1, 2}) {
        const std::vector<float> found = trained(Engine::jit, threads);
        for (std::size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(found[i], expected[i], 1e-5) << i;
    }
}

TEST(Dropout, BitsAreThoseOfTheReferenceOnEachTarget) {
    constexpr std::int64_t kColumns = 37;
    Model m("bits");
    Tensor key = m.input("key", i64, {});
    Tensor streams = m.input("streams", i64, {batch(), feature(kColumns)});
    Tensor y = m.tensor("y");
    const Index b("b", batch), f("f", feature);
    y[b, f] = random_bits(key[], b * kColumns + f, streams[b, f]);
    std::vector<std::int64_t> given;
    for (std::int64_t i = 0; i < 3 * kColumns; ++i) given.push_back(i % 3 == 0 ? -i : i << 33);
    for (const char* target : {"", "avx2"}) {
        Function bits = compile(forward({y}), {.target = target});
        for (const std::int64_t own : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{0x123456789abcdef}}) {
            const auto results = bits({{"key", Array(std::vector<std::int64_t>{own}, std::initializer_list<std::int64_t>{})},
                                       {"streams", Array(given, {3, kColumns})}});
            const auto found = results["y"].span<std::int64_t>();
            for (std::size_t i = 0; i < given.size(); ++i)
                ASSERT_EQ(found[i], ir::random_bits(own, static_cast<std::int64_t>(i), given[i])) << target << " " << i;
        }
    }
}

TEST(Dropout, TheNextStepDropsOthers) {
    Dropped model(0.5);
    const std::vector<double> first = model.kept(1);
    EXPECT_EQ(model.m.parameters()["noise.key"].span<std::int64_t>()[0], 1);
    Dropped second(0.5);
    second.m.parameters().set("noise.key", 1);
    EXPECT_NE(first, second.kept(1));
}

TEST(Dropout, InUseItIsTheValue) {
    Dropped model(0.5);
    const Program use = forward({model.y});
    EXPECT_FALSE(use.text().contains("random_bits")) << use.text();
    EXPECT_EQ(elements(compile(use)({{"x", Dropped::ones()}})["dropout1"]), std::vector<double>(kBatch * kFeatures, 1));
}

TEST(Dropout, LayersDropEachTheirOwn) {
    Model m("two");
    Tensor x = m.input("x", f64, {batch(), feature(kFeatures)});
    const std::string text = training_step(sum(dropout(dropout(x)) * m.parameter("w", f64, {feature(kFeatures)}, constant(1))),
                                           sgd()).text();
    EXPECT_TRUE(text.contains("feature, 1)") || text.contains(", 1) <")) << text;
    EXPECT_TRUE(text.contains(", 2) <")) << text;
}

TEST(Dropout, RefusesRatesAndTypes) {
    Model m("m");
    Tensor x = m.input("x", f32, {batch(), feature(3)});
    Tensor n = m.input("n", i32, {batch(), feature(3)});
    const std::string before = m.text();
    EXPECT_EQ(test::refusal_text([&] { dropout(x, {.name = "x"}); }).substr(0, 13), "dropout \"x\": ");
    EXPECT_EQ(m.text(), before) << "neither a key nor its update is left";
    dropout(x);
    EXPECT_TRUE(m.text().contains(", 1) <")) << "nor was a stream taken:\n" << m.text();
    EXPECT_EQ(test::refusal_text([&] { dropout(x, {.rate = 1}); }), "dropout: rate is 1; it is at least 0 and below 1");
    EXPECT_EQ(test::refusal_text([&] { dropout(n); }), "dropout: n is i32[batch ?, feature 3]; it drops floats");
}

}  // namespace
}  // namespace ricci
