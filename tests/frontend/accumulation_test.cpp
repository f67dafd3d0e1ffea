/// \file tests/frontend/accumulation_test.cpp
/// Gradient accumulation: so many micro-batches give the step of one batch.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ricci.h"
#include "tests/frontend/refusal.h"

namespace ricci {
namespace {

/// A layer of 5 features and 3 classes in f64, and 24 samples for it.
struct Layer {
    Model m{"layer"};
    Tensor x = m.input("x", f64, {batch(), feature(5)});
    Tensor labels = m.input("labels", i32, {batch()});
    Tensor loss = mean(softmax_cross_entropy(linear(tanh(linear(x, 7)), classes(3)), labels));

    static Array samples(std::int64_t begin, std::int64_t end) {
        std::vector<double> values;
        for (std::int64_t i = begin * 5; i < end * 5; ++i) values.push_back(static_cast<double>(i * i % 23) / 11 - 1);
        return {values, {batch(end - begin), feature(5)}};
    }
    static Array classes_of(std::int64_t begin, std::int64_t end) {
        std::vector<std::int32_t> values;
        for (std::int64_t i = begin; i < end; ++i) values.push_back(static_cast<std::int32_t>(i * i % 3));
        return {values, {batch(end - begin)}};
    }

    /// All parameters after going through the samples twice in batches of this size, the last of which may be smaller.
    std::vector<double> after(const Optimizer& optimizer, std::int64_t size, Engine engine) {
        m.parameters().draw(3);
        Function step = compile(training_step(loss, optimizer), {.engine = engine});
        for (int epoch = 0; epoch < 2; ++epoch) {
            for (std::int64_t begin = 0; begin < 24; begin += size) {
                const std::int64_t end = std::min<std::int64_t>(begin + size, 24);
                const Array inputs = samples(begin, end), wanted = classes_of(begin, end);
                step(inputs, wanted);
            }
        }
        std::vector<double> all;
        for (const std::string& name : m.parameters().names()) {
            const auto values = m.parameters()[name].span<double>();
            all.insert(all.end(), values.begin(), values.end());
        }
        return all;
    }
};

class Accumulation : public ::testing::TestWithParam<Engine> {};

TEST_P(Accumulation, MicroBatchesGiveTheStepOfOneBatch) {
    const std::vector<Optimizer> optimizers = {
        sgd({.learning_rate = 0.5, .momentum = 0.9}), sgd({.learning_rate = 0.5}).clip_norm(0.1),
        sgd({.learning_rate = 0.5}).clip_value(0.01), adamw({.learning_rate = 0.05}).schedule("step", {{"every", 1}}),
        lion({.learning_rate = 0.05})};
    for (const Optimizer& optimizer : optimizers) {
        SCOPED_TRACE(optimizer.name);
        Layer layer;
        const std::vector<double> wanted = layer.after(optimizer, 24, GetParam());
        const std::vector<double> found = layer.after(optimizer.accumulate(4), 6, GetParam());
        for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(found[i], wanted[i], 1e-12) << i;
        const std::vector<double> uneven = layer.after(optimizer.accumulate(3), 10, GetParam());  // 10, 10 and 4 samples
        for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(uneven[i], wanted[i], 1e-12) << i;
        const std::vector<double> small = layer.after(optimizer, 6, GetParam());
        EXPECT_NE(small, wanted) << "eight steps are not two";
    }
}

INSTANTIATE_TEST_SUITE_P(Engines, Accumulation, ::testing::Values(Engine::interpreter, Engine::jit),
                         [](const auto& engine) { return engine.param == Engine::jit ? "jit" : "interpreter"; });

TEST(Accumulation, NothingChangesBeforeTheLastBatch) {
    Layer layer;
    layer.m.parameters().draw(3);
    Function step = compile(training_step(layer.loss, adamw().accumulate(3)));
    const std::string before = layer.m.parameters().sha256();
    for (int call = 1; call <= 3; ++call) {
        const Array inputs = Layer::samples(0, 6), labels = Layer::classes_of(0, 6);
        step(inputs, labels);
        EXPECT_EQ(layer.m.parameters().sha256() == before, call < 3) << "after call " << call;
        EXPECT_EQ(step.parameters()["optimizer.step"].scalar(), call < 3 ? 0 : 1);
    }
}

/// All parameters after a Trainer went through the 24 samples in order, and the steps that it took.
std::pair<std::vector<double>, double> trained(const Optimizer& optimizer, std::int64_t size, std::int64_t epochs) {
    Layer layer;
    layer.m.parameters().draw(3);
    Function step = compile(training_step(layer.loss, optimizer));
    const ArrayData data({{"x", Layer::samples(0, 24)}, {"labels", Layer::classes_of(0, 24)}});
    Trainer(step, compile(layer.loss), {.epochs = epochs, .batch = size}).fit(data, data);
    std::vector<double> all;
    for (const std::string& name : layer.m.parameters().names()) {
        const auto values = layer.m.parameters()[name].span<double>();
        all.insert(all.end(), values.begin(), values.end());
    }
    const bool counts = step.parameters().contains("optimizer.step");
    return {all, counts ? step.parameters()["optimizer.step"].scalar() : 0};
}

TEST(Accumulation, ATrainerMakesItsLastStepOfWhatIsLeft) {
    // Two epochs have eight batches of six. The schedule is told as many steps as are counted here.
    const auto two = [](std::int64_t calls) {
        return adamw({.learning_rate = 0.5}).schedule("linear").accumulate(calls);
    };
    EXPECT_EQ(trained(two(3), 6, 2).second, 3) << "of 3, 3 and 2 batches";
    EXPECT_EQ(trained(two(4), 6, 2).second, 2) << "nothing is left";
    EXPECT_EQ(trained(two(1000), 6, 2).second, 1) << "of all batches, which are fewer";
    const std::vector<double> found = trained(sgd({.learning_rate = 0.5}).accumulate(1000), 6, 1).first;
    const std::vector<double> wanted = trained(sgd({.learning_rate = 0.5}), 24, 1).first;
    for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(found[i], wanted[i], 1e-12) << i;
}

TEST(Accumulation, OfOneBatchIsNone) {
    Layer layer;
    EXPECT_EQ(compile(training_step(layer.loss, sgd().accumulate(1))).text(), compile(training_step(layer.loss, sgd())).text());
    EXPECT_EQ(test::refusal_text([] { sgd().accumulate(0); }), "sgd: accumulate is 0; it is a whole number from 1 to 16777216");
    EXPECT_EQ(test::refusal_text([] { sgd().group("bias", {{"accumulate", 2}}); }),
              "sgd, parameters bias has no setting \"accumulate\"; it has momentum, weight_decay, nesterov, rate_factor, frozen");
}

}  // namespace
}  // namespace ricci
