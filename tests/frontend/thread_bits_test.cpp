// Products and sums that threads share out have the same bits for any number of threads: drawn sizes, and a network.
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "ricci/compile.h"
#include "ricci/data.h"
#include "ricci/image_models.h"
#include "tests/frontend/compiled.h"
#include "tests/frontend/function.h"
#include "tests/seed.h"

namespace ricci::testing {
namespace {

/// The same elements for 1, 2 and 3 threads, and those of the interpreter; the plan has `part` in its text.
void expect_same_bits(const std::string& text, const std::string& part, std::int64_t batch, std::uint64_t seed) {
    SCOPED_TRACE(fmt::format("seed {}\n{}", seed, text));
    const ir::Graph graph = ir::parse(text);
    Compiled compiled(graph, {.tile = "off"});  // a batch tile that a run of the tests forces has another plan
    const std::string plan = ir::print(compiled.planned());
    EXPECT_NE(plan.find(part), std::string::npos) << plan;
    const ir::Arrays given = draw(graph, {.batch = batch, .seed = seed});
    const ir::Arrays one = compiled(given);
    for (const int threads : {2, 3}) {
        runtime::ThreadTeam team(threads);
        for (const auto& [name, array] : compiled(given, team))
            EXPECT_TRUE(array.elements == one.at(name).elements) << name << " with " << threads << " threads";
    }
    EXPECT_EQ(difference(ir::interpret(graph, given), one, {.relative = 1e-5, .terms = terms_of(graph, given)}), "");
}

TEST(ThreadBits, OfDrawnProductsAreTheSame) {
    for (const std::uint64_t seed : test::seeds(6)) {
        std::mt19937_64 random(seed);
        const auto between = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
        const int batch = between(3, 90), depth = between(700, 900), columns = between(130, 300);
        const bool turned = seed % 2 == 0;
        const std::string w = turned ? fmt::format("class {}, feature {}", columns, depth)
                                     : fmt::format("feature {}, class {}", depth, columns);
        expect_same_bits(fmt::format(R"(ricci 1 model products
input x: f32[batch ?, feature {0}]
input w: f32[{1}]
y: f32[batch ?, class {2}]
y[b, o] = sum(i: feature {0}) x[b, i] * w[{3}]
d: f32[class {2}, feature {0}]
d[o, i] = sum(b: batch ?) y[b, o] * x[b, i]
output y
output d
)",
                                     depth, w, columns, turned ? "o, i" : "i, o"),
                         " by ", batch, seed);
    }
}

TEST(ThreadBits, OfDrawnSumsOverRowsAreTheSame) {
    for (const std::uint64_t seed : test::seeds(4)) {
        std::mt19937_64 random(seed);
        const auto between = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
        const char* reduce = std::array{"sum", "max", "sum", "min"}[seed % 4];
        const int height = between(9, 14), width = between(9, 14), channels = between(20, 40);
        expect_same_bits(fmt::format(R"(ricci 1 model norm
input x: f32[batch ?, height {0}, width {1}, channel {2}]
input g: f32[batch ?, height {0}, width {1}, channel {2}]
d: f32[batch ?, height {0}, width {1}, channel {2}]
d[b, y, z, c] = tanh(x[b, y, z, c]) * g[b, y, z, c]
s: f32[channel {2}]
s[c] = {3}(b: batch ?, y: height {0}, z: width {1}) d[b, y, z, c]
v: f32[channel {2}]
v[c] = sum(b: batch ?, y: height {0}, z: width {1}) d[b, y, z, c] * x[b, y, z, c]
output d
output s
output v
)",
                                     height, width, channels, reduce),
                         ".parts", between(3, 20), seed);
    }
}

using Model = Classifier (*)(const ImageModelOptions&);

std::string weights_after_training(Model model, int threads) {
    const Classifier net = model({});
    const ImageData data(draw_digits(60, 1), net.images.type());
    Function step = test::compile_forced(training_step(net.loss, sgd({.learning_rate = 0.05, .momentum = 0.9})),
                                         {.threads = threads});
    for (const Batch& batch : data.batches(24)) step(batch.images, batch.labels);
    return step.parameters().sha256();
}

TEST(ThreadBits, OfTrainedNetworksAreTheSame) {
    for (const Model model : {mlp, convnet}) {
        const std::string one = weights_after_training(model, 1);
        for (const int threads : {2, 3}) EXPECT_EQ(weights_after_training(model, threads), one) << threads << " threads";
    }
}

}  // namespace
}  // namespace ricci::testing
