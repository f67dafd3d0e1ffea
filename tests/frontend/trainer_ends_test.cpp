/// \file tests/frontend/trainer_ends_test.cpp
/// However Trainer::fit ends, parameters and state are numbers that can be used.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ricci.h"
#include "ricci/lenet5.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

struct Training {
    explicit Training(double learning_rate = 0.05)
        : step(compile_forced(training_step(lenet.loss, sgd({.learning_rate = learning_rate, .momentum = 0.9})),
                       {.threads = 1})),
          predicted(compile_forced(lenet.predicted, {.threads = 1})),
          data(draw_digits(640, 1), lenet.images.type()) {}

    std::string refusal(TrainerOptions options) {
        return test::refusal([&] { Trainer(step, predicted, std::move(options)).fit(data, data); });
    }
    bool all_finite() const {
        for (const ir::Value& value : graph_of(step).values) {
            if (value.role != ir::Role::parameter && value.role != ir::Role::state) continue;
            const runtime::Buffer& buffer = *detail::Internals::shared(step.parameters(), value.name);
            for (std::int64_t i = 0; i < buffer.elements(); ++i) {
                if (!std::isfinite(element_of(buffer, i))) return false;
            }
        }
        return true;
    }
    double loss() {
        double loss = 0;
        for (const Batch& samples : data.batches(640)) loss = step(samples.images, samples.labels).scalar();
        return loss;
    }

    Classifier lenet = lenet5();
    Function step;
    Function predicted;
    ImageData data;
};

TEST(TrainerEnds, WithTheLastGoodNumbersWhenTheLossIsNone) {
    for (const double rate : {1e38, 1e37}) {
        Training training;
        const std::string message = training.refusal({.epochs = 50, .batch = 8, .learning_rate = rate});
        EXPECT_NE(message.find("; the parameters are again those before step "), std::string::npos) << message;
        EXPECT_TRUE(training.all_finite()) << rate;
        EXPECT_TRUE(std::isfinite(training.loss())) << rate;
    }
}

TEST(TrainerEnds, WithWhatItBeganWithWhenNoLossWasANumber) {
    Training training;
    Array& bias = training.step.parameters()["fc3.bias"];
    bias.span<float>()[0] = std::numeric_limits<float>::quiet_NaN();
    const std::string before = training.step.parameters().sha256();
    const std::string message = training.refusal({.batch = 64});
    EXPECT_EQ(message,
              "epoch 1, step 1: the loss is nan; a smaller learning rate than 0.05 may help; the parameters are again "
              "those that the training began with");
    EXPECT_EQ(training.step.parameters().sha256(), before);
}

TEST(TrainerEnds, NamingTheFieldOfTheDataThatHasNoNumber) {
    for (const float broken : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::quiet_NaN()}) {
        Model m("net");
        const Tensor x = m.input("x", f32, {batch(), feature(2)});
        const Tensor y = linear(x, 1);
        Function step = compile_forced(training_step(mean(y * y), sgd({.learning_rate = 0.1})), {.threads = 1});
        Function predicted = compile_forced(y, {.threads = 1});
        const ArrayData data({{"x", Array(std::vector<float>{1, 2, 3, 4, broken, 6, 7, 8}, {batch(4), feature(2)})}});
        const std::string message =
            test::refusal([&] { Trainer(step, predicted, {.epochs = 1, .batch = 4}).fit(data, data); });
        EXPECT_TRUE(message.starts_with("epoch 1, step 1: the loss is nan; field x of ")) << message;
        EXPECT_NE(message.find(" has nan in sample "), std::string::npos) << message;
        EXPECT_NE(message.find(" of the batch; take such samples out of the data, or repair them; the parameters are again "
                               "those that the training began with"),
                  std::string::npos)
            << message;
    }
}

TEST(TrainerEnds, WhenTheLastStepOfAnEpochBreaksAParameter) {
    Training training;
    // The loss of the last step is of the parameters before it.
    TrainerOptions options{.epochs = 1, .batch = 160};
    options.on_step = [&](const Progress& at) {
        if (at.images < at.total) return;
        training.step.parameters()["fc2.bias"].span<float>()[3] = std::numeric_limits<float>::infinity();
    };
    EXPECT_EQ(training.refusal(options),
              "epoch 1, step 4: fc2.bias is no longer finite; a smaller learning rate than 0.05 may help; the "
              "parameters are again those before step 1 of epoch 1");
    EXPECT_TRUE(training.all_finite());
}

TEST(TrainerEnds, AfterAWholeStepWhenACallbackThrows) {
    Training stopped;
    Training whole;
    struct Enough {};
    std::int64_t steps = 0;
    const auto stop_at_third = [&](const Progress&) {
        if (++steps == 3) throw Enough();
    };
    const TrainerOptions options{.batch = 16, .seed = 3};
    TrainerOptions with_stop = options;
    with_stop.on_step = stop_at_third;
    EXPECT_THROW(Trainer(stopped.step, stopped.predicted, with_stop).fit(stopped.data, stopped.data), Enough);
    std::int64_t left = 3;
    for (const Batch& samples : whole.data.batches(16, shuffle(3, 1))) {
        if (left-- == 0) break;
        whole.step(samples.images, samples.labels);
    }
    EXPECT_EQ(stopped.step.parameters().sha256(), whole.step.parameters().sha256());
    TrainerOptions with_report = options;
    with_report.on_epoch = [](const EpochReport&) { throw Enough(); };
    EXPECT_THROW(Trainer(stopped.step, stopped.predicted, with_report).fit(stopped.data, stopped.data), Enough);
    EXPECT_TRUE(std::isfinite(stopped.loss()));
}

TEST(TrainerEnds, NothingOverflowsAtTheLargestNumbers) {
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    for (const Schedule schedule : {Schedule::constant, Schedule::cosine}) {
        Training training;
        struct Enough {};
        TrainerOptions options{.epochs = kMost, .batch = kMost, .schedule = schedule};
        options.on_epoch = [&](const EpochReport& report) {
            EXPECT_TRUE(std::isfinite(report.loss));
            if (report.epoch == 2) throw Enough();
        };
        EXPECT_THROW(Trainer(training.step, training.predicted, options).fit(training.data, training.data), Enough);
        EXPECT_FLOAT_EQ(training.step.parameters()["learning_rate"].span<float>()[0], 0.05F);
    }
}

}  // namespace
}  // namespace ricci::test
