/// \file tests/frontend/average_test.cpp
/// Moving averages of weights: as a loop computes them, in tests of a Trainer, and over a resumed training.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ricci.h"
#include "tests/frontend/refusal.h"
#include "tests/runtime/scratch_folder.h"

namespace ricci {
namespace {

/// loss = mean of (x * w + b)^2 over the batch.
struct Line {
    Model m{"line"};
    Tensor x = m.input("x", f64, {batch(), feature(3)});
    Tensor y = linear(x, 2, {.name = "fc"});
    Tensor loss = mean(y * y);

    static Array samples(int call) {
        std::vector<double> values;
        for (int i = 0; i < 12; ++i) values.push_back(static_cast<double>((i * i + 5 * call) % 17) / 8 - 1);
        return {values, {batch(4), feature(3)}};
    }
    std::vector<double> numbers(const Parameters& of, const std::string& name) { return of[name].to_vector<double>(); }
};

class Average : public ::testing::TestWithParam<Engine> {};

TEST_P(Average, IsThatOfALoop) {
    for (const int calls : {1, 3}) {  // that make a step
        Line line;
        line.m.parameters().draw(3);
        const Optimizer optimizer = adamw({.learning_rate = 0.1}).average(0.75).freeze("bias");
        Function step = compile(training_step(line.loss, calls > 1 ? optimizer.accumulate(calls) : optimizer), {.engine = GetParam()});
        std::vector<double> mean;
        for (int call = 0; call < 6; ++call) {
            step(Line::samples(call));
            const std::vector<double> now = line.numbers(step.parameters(), "fc.weight");
            if ((call + 1) % calls == 0) {
                if (mean.empty()) mean = now;
                for (std::size_t i = 0; i < now.size(); ++i) mean[i] = 0.75 * mean[i] + 0.25 * now[i];
            }
            if (mean.empty()) continue;
            const std::vector<double> found = line.numbers(step.parameters(), "fc.weight.average");
            for (std::size_t i = 0; i < mean.size(); ++i) EXPECT_NEAR(found[i], mean[i], 1e-13) << call << " " << i;
        }
        EXPECT_FALSE(step.parameters().contains("fc.bias.average")) << "a frozen parameter has none";
        const std::vector<double> last = line.numbers(step.parameters(), "fc.weight");
        EXPECT_EQ(step.parameters().swap_averages(), 1U);
        EXPECT_EQ(line.numbers(step.parameters(), "fc.weight.average"), last);
        EXPECT_EQ(step.parameters().swap_averages(), 1U);
        EXPECT_EQ(line.numbers(step.parameters(), "fc.weight"), last);
        EXPECT_EQ(step.parameters().take_averages(), 1U);
        EXPECT_EQ(line.numbers(step.parameters(), "fc.weight"), line.numbers(step.parameters(), "fc.weight.average"));
    }
}

INSTANTIATE_TEST_SUITE_P(Engines, Average, ::testing::Values(Engine::interpreter, Engine::jit),
                         [](const auto& engine) { return engine.param == Engine::jit ? "jit" : "interpreter"; });

TEST(AverageOfWeights, IsWhatATrainerTestsAndEndsWith) {
    runtime::ScratchFolder folder;
    std::string whole;
    for (const bool resumed : {false, true}) {
        Model m("m");
        const Tensor images = m.input("images", f32, {batch(), channel(1), height(28), width(28)});
        const Tensor labels = m.input("labels", i32, {batch()});
        const Tensor logits = linear(flatten(images), classes(10), {.name = "fc"});
        Function step = compile(training_step(mean(softmax_cross_entropy(logits, labels)), adamw({.learning_rate = 0.01}).average(0.9)),
                                {.threads = 1});
        Function use = compile(argmax(logits, classes), {.threads = 1});
        m.parameters().draw(7);
        const ImageData train(draw_digits(100, 1), images.type()), test(draw_digits(50, 2), images.type());
        const std::filesystem::path run = folder / (resumed ? "resumed" : "whole");
        TrainerOptions options{.epochs = 2, .batch = 16, .seed = 5, .checkpoint = {.folder = run}};
        if (resumed) {
            TrainerOptions first = options;
            first.stop = [calls = 9]() mutable { return --calls == 0; };
            Trainer(step, use, first).fit(train, test);
            m.parameters().draw(8);
            options.resume = run;
        }
        Trainer trainer(step, use, options);
        const std::vector<EpochReport> reports = trainer.fit(train, test);
        EXPECT_EQ(step.parameters()["fc.weight"].to_vector<float>(), step.parameters()["fc.weight.average"].to_vector<float>());
        EXPECT_EQ(trainer.accuracy(test), reports.back().test_accuracy) << "the last test was by the averages";
        if (whole.empty()) whole = m.parameters().sha256();
        EXPECT_EQ(m.parameters().sha256(), whole) << (resumed ? "resumed" : "");
    }
}

TEST(AverageOfWeights, IsAShareBelowOne) {
    EXPECT_EQ(test::refusal_text([] { sgd().average(1); }), "sgd: average is 1; it is at least 0 and below 1");
    Line line;
    EXPECT_EQ(compile(training_step(line.loss, sgd().average(0))).text(), compile(training_step(line.loss, sgd())).text());
    EXPECT_EQ(line.m.parameters().swap_averages(), 0U) << "no program keeps one";
}

}  // namespace
}  // namespace ricci
