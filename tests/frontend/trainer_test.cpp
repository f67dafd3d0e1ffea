/// \file tests/frontend/trainer_test.cpp
/// Data in batches, the loop of epochs, and LeNet-5 through all of it.
#include "ricci/trainer.h"

#include <gtest/gtest.h>

#include <thread>

#include "ricci/layers.h"
#include "ricci/lenet5.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

/// Black and white images of 2 x 2 in two classes, told apart by their upper half.
Dataset halves(std::int64_t count) {
    Dataset data{.name = "halves", .count = count, .height = 2, .width = 2, .classes = 2};
    for (std::int64_t i = 0; i < count; ++i) {
        const std::uint8_t top = i % 2 == 0 ? 0 : 255;
        for (std::uint8_t pixel : {top, top, std::uint8_t{0}, std::uint8_t{255}}) data.pixels.push_back(pixel);
        data.labels.push_back(static_cast<std::int32_t>(i % 2));
    }
    return data;
}

const ir::TensorType kSmall{f32, {batch(), channel(1), height(2), width(2)}};

CompileOptions one_thread() {
    return {.threads = 1};
}

TEST(Data, ImagesAreBetweenZeroAndOneInTheMiddleOfZeros) {
    const ImageData data(halves(3), {f32, {batch(), channel(1), height(4), width(4)}});
    for (const Batch& samples : data.batches(2)) {
        const auto pixels = samples.images.span<float>();
        EXPECT_EQ(std::vector(pixels.begin(), pixels.begin() + 16),
                  (std::vector<float>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0}));
        break;
    }
}

TEST(Data, TheLastBatchHasWhatIsLeft) {
    const ImageData data(halves(7), kSmall);
    std::vector<std::string> seen;
    for (const Batch& samples : data.batches(3)) seen.push_back(describe(samples.images));
    EXPECT_EQ(seen, (std::vector<std::string>{"images: f32[batch 3, channel 1, height 2, width 2]",
                                              "images: f32[batch 3, channel 1, height 2, width 2]",
                                              "images: f32[batch 1, channel 1, height 2, width 2]"}));
}

TEST(Data, ABatchCanBeLargerThanTheData) {
    const ImageData data(halves(2), kSmall);
    for (const Batch& samples : data.batches(64)) EXPECT_EQ(samples.count, 2);
}

TEST(Data, BatchesAreTheSameWhoeverMakesThem) {
    const ImageData data(halves(100), {f32, {batch(), channel(1), height(32), width(32)}});
    const int processors = static_cast<int>(std::thread::hardware_concurrency());
    std::vector<std::vector<float>> seen;
    for (const int busy : {0, 1, processors, processors + 3}) {
        std::vector<float> all;
        for (const Batch& samples : data.batches(32, shuffle(5), busy)) {
            const auto pixels = samples.images.span<float>();
            const auto labels = samples.labels.span<std::int32_t>();
            all.insert(all.end(), pixels.begin(), pixels.end());
            all.insert(all.end(), labels.begin(), labels.end());
        }
        seen.push_back(std::move(all));
    }
    EXPECT_EQ(seen[0].size(), 100U * (32 * 32 + 1));
    for (const std::vector<float>& all : seen) EXPECT_EQ(all, seen[0]);
}

TEST(Data, APassMayBeLeftAndStartedAgain) {
    const ImageData data(halves(40), kSmall);
    BatchRange range = data.batches(4, shuffle(3));
    std::vector<std::int32_t> first;
    for (const Batch& samples : range) {
        const auto labels = samples.labels.span<std::int32_t>();
        first.assign(labels.begin(), labels.end());
        break;
    }
    std::int64_t seen = 0;
    for (const Batch& samples : range) {
        if (seen == 0) {
            EXPECT_TRUE(std::ranges::equal(samples.labels.span<std::int32_t>(), first));
        }
        seen += samples.count;
    }
    EXPECT_EQ(seen, 40);
}

TEST(Data, AShuffledEpochHasEverySampleOnce) {
    Dataset numbered = halves(100);
    for (std::size_t i = 0; i < 100; ++i) numbered.labels[i] = static_cast<std::int32_t>(i);
    const ImageData data(numbered, kSmall);
    std::vector<std::int32_t> first, second;
    for (const Batch& samples : data.batches(32, shuffle(1, 1))) {
        const auto labels = samples.labels.span<std::int32_t>();
        first.insert(first.end(), labels.begin(), labels.end());
    }
    for (const Batch& samples : data.batches(32, shuffle(1, 2))) {
        const auto labels = samples.labels.span<std::int32_t>();
        second.insert(second.end(), labels.begin(), labels.end());
    }
    EXPECT_NE(first, second);
    std::ranges::sort(first);
    EXPECT_EQ(first, numbered.labels.empty() ? first : numbered.labels);
}

TEST(Data, AnInputThatImagesDoNotFitIsRefused) {
    EXPECT_EQ(
        refusal([] {
            ImageData(halves(2), {f32, {batch(), channel(3), height(2), width(2)}});
        }),
        "data set halves: its grey images of 2 x 2 pixels do not fit an input f32[batch ?, channel 3, height 2, width "
        "2]; it takes batch, height, width and one channel, in f32 or f64");
    EXPECT_EQ(
        refusal([] {
            ImageData(halves(2), {i32, {batch(), height(2), width(2)}});
        }),
        "data set halves: its grey images of 2 x 2 pixels do not fit an input i32[batch ?, height 2, width 2]; it "
        "takes batch, height, width and one channel, in f32 or f64");
}

TEST(Trainer, LeNet5HasTheLecturesParameters) {
    const Classifier lenet = lenet5();
    EXPECT_EQ(lenet.model.parameter_count(), 61706);
    std::vector<std::string> names;
    for (const ir::Value& value : graph_of(lenet.model).values) {
        if (value.role == ir::Role::parameter) names.push_back(value.name);
    }
    EXPECT_EQ(names, (std::vector<std::string>{"conv1.kernel", "conv1.bias", "conv2.kernel", "conv2.bias", "fc1.weight",
                                               "fc1.bias", "fc2.weight", "fc2.bias", "fc3.weight", "fc3.bias"}));
}

TEST(Trainer, LeNet5LearnsDrawnDigits) {
    Classifier lenet = lenet5();
    Function step = compile_forced(training_step(lenet.loss, sgd({.learning_rate = 0.05, .momentum = 0.9})), one_thread());
    Function predicted = compile_forced(lenet.predicted, one_thread());
    const ImageData train(draw_digits(1500, 1), lenet.images.type()), test(draw_digits(500, 2), lenet.images.type());
    Trainer trainer(step, predicted, {.epochs = 4, .batch = 32, .learning_rate = 0.05});
    const double before = trainer.accuracy(test);
    const std::vector<EpochReport> reports = trainer.fit(train, test);
    EXPECT_LT(before, 0.4);
    EXPECT_GT(reports.back().test_accuracy, 0.7);
    EXPECT_LT(reports.back().loss, reports.front().loss);
}

TEST(Trainer, BothEnginesTakeTheSameSteps) {
    std::vector<double> losses;
    for (Engine engine : {Engine::interpreter, Engine::jit}) {
        Classifier lenet = lenet5({.dtype = f64});
        CompileOptions options = one_thread();
        options.engine = engine;
        Function step = compile_forced(training_step(lenet.loss, sgd({.learning_rate = 0.05, .momentum = 0.9})), options);
        const ImageData data(draw_digits(5, 1), lenet.images.type());
        for (const Batch& samples : data.batches(2)) losses.push_back(step(samples.images, samples.labels).scalar());
    }
    ASSERT_EQ(losses.size(), 6U);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(losses[i], losses[i + 3], 1e-12);
}

TEST(Trainer, TheSameSeedGivesTheSameWeights) {
    std::vector<std::string> hashes;
    for (int run = 0; run < 2; ++run) {
        Classifier lenet = lenet5();
        Function step = compile_forced(training_step(lenet.loss, sgd({.learning_rate = 0.05})), one_thread());
        const ImageData data(draw_digits(100, 1), lenet.images.type());
        Trainer(step, compile_forced(lenet.predicted, one_thread()), {.batch = 30, .seed = 4}).fit(data, data);
        hashes.push_back(step.parameters().sha256());
    }
    EXPECT_EQ(hashes[0], hashes[1]);
}

TEST(Trainer, ACosineEndsAtZeroAndAConstantDoesNotMove) {
    for (Schedule schedule : {Schedule::constant, Schedule::cosine}) {
        Classifier lenet = lenet5();
        Function step = compile_forced(training_step(lenet.loss, sgd({.learning_rate = 0.05})), one_thread());
        const ImageData data(draw_digits(40, 1), lenet.images.type());
        Trainer(step, compile_forced(lenet.predicted, one_thread()), {.epochs = 2, .batch = 4, .schedule = schedule})
            .fit(data, data);
        const double last = step.parameters()["learning_rate"].span<float>()[0];
        // Before the last of 20 steps: (1 + cos(pi * 19 / 20)) / 2.
        EXPECT_NEAR(last, schedule == Schedule::constant ? 0.05 : 0.05 * 0.0061558, 1e-7);
    }
}

// With a rate of 0 from the third step on, two steps are all that changes the weights.
TEST(Trainer, AScheduleOfOnesOwnIsACallback) {
    const auto after = [](std::int64_t epochs, const Optimizer& optimizer, bool stops) {
        Classifier lenet = lenet5();
        Function step = compile_forced(training_step(lenet.loss, optimizer), one_thread());
        const ImageData data(draw_digits(8, 1), lenet.images.type());
        TrainerOptions options{.epochs = epochs, .batch = 8, .learning_rate = 0.05};
        options.on_step = [&](const Progress& at) {
            if (stops && at.batch == 2) step.set("learning_rate", 0);
        };
        Trainer(step, compile_forced(lenet.predicted, one_thread()), options).fit(data, data);
        return lenet.model.parameters().sha256();
    };
    const Optimizer plain = sgd({.learning_rate = 0.1});
    EXPECT_EQ(after(4, plain, true), after(2, plain, false));
    EXPECT_NE(after(4, plain, false), after(2, plain, false));
    const Optimizer scheduled = plain.schedule("step", {{"every", 100}});
    EXPECT_EQ(after(4, scheduled, true), after(2, scheduled, false)) << "it scales what the callback sets";
}

TEST(Trainer, ACallbackDoesNotSetTheRateBesideACosine) {
    for (const bool at_end : {false, true}) {
        Classifier lenet = lenet5();
        Function step = compile_forced(training_step(lenet.loss, sgd({.learning_rate = 0.05})), one_thread());
        const ImageData data(draw_digits(8, 1), lenet.images.type());
        TrainerOptions options{.epochs = 2, .batch = 4, .schedule = Schedule::cosine};
        if (at_end) options.on_epoch = [&](const EpochReport&) { step.set("learning_rate", 0.25); };
        if (!at_end) options.on_step = [&](const Progress&) { step.set("learning_rate", 0.25); };
        EXPECT_EQ(
            refusal([&] { Trainer(step, compile_forced(lenet.predicted, one_thread()), options).fit(data, data); }),
            "the learning rate was set to 0.25, but schedule cosine of the trainer sets it before each step; leave "
            "that schedule out");
    }
}

TEST(Trainer, WhatPredictsHasTheParametersOfTheStep) {
    Classifier lenet = lenet5(), other = lenet5();
    Function step = compile_forced(training_step(lenet.loss, sgd({.learning_rate = 0.05})), one_thread());
    const ImageData data(draw_digits(8, 1), lenet.images.type());
    const auto message = [&](const Function& predicted) {
        return refusal([&] { Trainer(step, predicted, {.batch = 8}).fit(data, data); });
    };
    EXPECT_EQ(message(compile_forced(other.predicted, one_thread())),
              "trainer: what predicts reads a parameter \"conv1.kernel\" that is not the one of the step, but another "
              "array of that "
              "name; compile both from one model");
    CompileOptions apart = one_thread();
    apart.parameters = Parameters(7);
    EXPECT_NE(message(compile_forced(lenet.predicted, apart)), "(accepted)") << "one model, but parameters of its own";
    Model m("another");
    const Tensor images = m.input("images", f32, {batch(), channel(1), height(32), width(32)});
    EXPECT_EQ(
        message(compile_forced(argmax(linear(flatten(images), classes(10), {.name = "only"}), classes), one_thread())),
        "trainer: what predicts reads a parameter \"only.weight\" that is not the one of the step; compile both from "
        "one model");
    EXPECT_EQ(message(compile_forced(lenet.predicted, one_thread())), "(accepted)");
}

TEST(Trainer, TakesTheRateOfTheStepUnlessItIsGivenAnother) {
    const auto rate_after = [](double of_optimizer, std::optional<double> set, TrainerOptions options) {
        Classifier lenet = lenet5();
        Function step = compile_forced(training_step(lenet.loss, sgd({.learning_rate = of_optimizer})), one_thread());
        if (set) step.set("learning_rate", *set);
        const ImageData data(draw_digits(8, 1), lenet.images.type());
        Trainer(step, compile_forced(lenet.predicted, one_thread()), std::move(options)).fit(data, data);
        return step.parameters()["learning_rate"].span<float>()[0];
    };
    EXPECT_EQ(rate_after(0.03, {}, {.batch = 8}), 0.03F);
    EXPECT_EQ(rate_after(0.03, 0.02, {.batch = 8}), 0.02F);
    EXPECT_EQ(rate_after(0.03, {}, {.batch = 8, .learning_rate = 0.01f}), 0.01F);
}

TEST(Trainer, ProgressCountsEveryImage) {
    Classifier lenet = lenet5();
    Function step = compile_forced(training_step(lenet.loss, sgd({.learning_rate = 0.05})), one_thread());
    const ImageData data(draw_digits(10, 1), lenet.images.type());
    std::vector<std::int64_t> images;
    Trainer(step, compile_forced(lenet.predicted, one_thread()),
            {.batch = 4, .on_step = [&](const Progress& progress) { images.push_back(progress.images); }})
        .fit(data, data);
    EXPECT_EQ(images, (std::vector<std::int64_t>{4, 8, 10}));
}

TEST(Trainer, BadOptionsAreRefused) {
    Classifier lenet = lenet5();
    Function predicted = compile_forced(lenet.predicted, one_thread());
    expect_refused(
        "no epochs", [&] { Trainer(predicted, predicted, {.epochs = 0}); }, "trainer: epochs is 0; it is at least 1");
    expect_refused(
        "no samples in a batch", [&] { Trainer(predicted, predicted, {.batch = 0}); },
        "trainer: batch is 0; it is at least 1");
    expect_refused(
        "a negative learning rate", [&] { Trainer(predicted, predicted, {.learning_rate = -1}); },
        "learning rate is -1; it is a finite number of at least 0");
    expect_refused(
        "a step that does not learn", [&] { Trainer(predicted, predicted, {}); },
        "trainer: the step has no learning rate; compile training_step(loss, sgd(...)) for it");
    expect_refused(
        "a negative number of threads", [&] { compile_forced(lenet.predicted, {.threads = -1}); },
        "compile: threads is -1; it is at least 1, or 0 for one each processor");
    expect_refused(
        "a learning rate that is no number", [&] { predicted.set("learning_rate", std::nan("")); },
        "learning rate is nan; it is a finite number of at least 0");
    EXPECT_EQ(refusal([] { schedule_named("linear"); }), "schedule is \"linear\"; it is constant or cosine");
    EXPECT_EQ(refusal([] { model_named("lenet"); }), "no model \"lenet\"; did you mean lenet5?");
}

TEST(Trainer, ALossThatIsNoLongerANumberStopsTheTraining) {
    Classifier lenet = lenet5();
    Function step = compile_forced(training_step(lenet.loss, sgd({.learning_rate = 0.05})), one_thread());
    const ImageData data(draw_digits(64, 1), lenet.images.type());
    Trainer trainer(step, compile_forced(lenet.predicted, one_thread()), {.batch = 8, .learning_rate = 1e38});
    const std::string message = refusal([&] { trainer.fit(data, data); });
    EXPECT_TRUE(message.starts_with("epoch 1, step ")) << message;
    EXPECT_TRUE(
        message.ends_with("; a smaller learning rate than 1e+38 may help; the parameters are again those "
                          "before step 1 of epoch 1"))
        << message;
}

}  // namespace
}  // namespace ricci::test
