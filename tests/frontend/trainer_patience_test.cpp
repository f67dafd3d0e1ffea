// The end of a training: patience with epochs that are no better, and the weights of the best epoch.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "ricci.h"

namespace ricci {
namespace {

/// Softmax regression on drawn digits.
struct Regression {
    Model m{"regression"};
    Tensor images = m.input("images", f32, {batch(), channel(1), height(28), width(28)});
    Tensor labels = m.input("labels", i32, {batch()});
    Tensor logits = linear(flatten(images), classes(10));
    Tensor loss = mean(softmax_cross_entropy(logits, labels));
    ImageData train{draw_digits(256, 1), images.type()};
    ImageData test{draw_digits(128, 2), images.type()};

    std::vector<EpochReport> fit(double learning_rate, const TrainerOptions& options) {
        Trainer trainer(compile(training_step(loss, sgd({.learning_rate = learning_rate}))), compile(argmax(logits, classes)),
                        options);
        return trainer.fit(train, test);
    }
    std::string weights() { return m.parameters().sha256(); }
};

TEST(TrainerPatience, EndsAfterEpochsThatAreNoBetter) {
    EXPECT_EQ(Regression().fit(0, {.epochs = 10, .patience = 2}).size(), 3U) << "the first, and two like it";
    EXPECT_EQ(Regression().fit(0, {.epochs = 4}).size(), 4U) << "without patience";
}

TEST(TrainerPatience, TheBestWeightsAreKept) {
    Regression model;
    std::map<double, std::string> by_accuracy;  // the first weights of each
    const auto remember = [&](const EpochReport& report) { by_accuracy.emplace(report.test_accuracy, model.weights()); };
    // A rate so large that the accuracy goes up and down.
    model.fit(20, {.epochs = 6, .batch = 16, .keep_best = true, .on_epoch = remember});
    ASSERT_GT(by_accuracy.size(), 1U);
    EXPECT_EQ(model.weights(), by_accuracy.rbegin()->second);
}

TEST(TrainerPatience, RefusesANegativeOne) {
    try {
        Regression().fit(0.1, {.patience = -1});
        FAIL() << "accepted";
    } catch (const UserError& error) {
        EXPECT_TRUE(std::string(error.what()).ends_with("trainer: patience is -1; it is at least 0, which is none")) << error.what();
    }
}

}  // namespace
}  // namespace ricci
