/// \file tests/cli/train_text_test.cpp
/// `ricci train FILE.ein`: texts of stage model, and what is missing in those that cannot be trained.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "runtime/file/safetensors.h"
#include "tests/cli/command.h"

namespace ricci::test {
namespace {

using nlohmann::ordered_json;

/// Softmax regression on drawn digits; the parts are lines of their own.
const std::string kInputs = "ricci 1 model digits\ninput images: f32[batch ?, height 28, width 28]\ninput labels: i32[batch ?]\n"
                            "parameter w: f32[class 10, height 28, width 28] = uniform(-0.03, 0.03)\n"
                            "logits[b, k] = w[k, Y, X] * images[b, Y, X]\n";
const std::string kLoss = "total[b] = sum(k: class 10) exp(logits[b, k])\n"
                          "loss[] = sum(b) (log(total[b]) - sum(k) select(labels[b] == k, logits[b, k], 0)) / f32(extent(b))\n";
const std::string kSmall = "ricci train digits.ein --images 640 --epochs 2 ";

TEST(TrainText, IsTrainedAsItsStatementSays) {
    const Shell shell;
    shell.put("digits.ein", kInputs + kLoss + "output logits\ntrain loss with adam(learning_rate = 0.01)\n");
    const std::string out = shell.output(kSmall + "--json report.json --save weights --threads 1");
    EXPECT_NE(out.find("model     digits.ein, 7,840 parameters, f32, batch 64, learning rate 0.01 (constant), adam, seed 1"),
              std::string::npos)
        << out;
    const ordered_json report = ordered_json::parse(shell.get("report.json"));
    EXPECT_GT(report["epochs"][1]["test_accuracy"].get<double>(), 0.6);
    EXPECT_EQ(runtime::read_safetensors(shell / "weights").tensors.size(), 1U);
}

TEST(TrainText, OptionsCountMoreThanTheStatement) {
    const Shell shell;
    shell.put("digits.ein", kInputs + kLoss + "output logits\ntrain loss with adam(learning_rate = 0.01)\n");
    const std::string out = shell.output(kSmall + "--learning-rate 0.02 --weight-decay 0.1 --clip 1 --schedule 'cosine(warm_up = 2)'");
    EXPECT_NE(out.find("learning rate 0.02 (cosine(warm_up = 2)), adam, weight_decay 0.1, clip_norm 1, seed 1"), std::string::npos) << out;
    EXPECT_NE(shell.output(kSmall + "--optimizer lion").find("learning rate 0.0001 (cosine), lion, seed 1"), std::string::npos);
}

TEST(TrainText, WithoutAStatementItIsSgdAsForANamedModel) {
    const Shell shell;
    shell.put("digits.ein", kInputs + kLoss + "output predicted = winner\n");
    EXPECT_EQ(shell.run(kSmall).status, 2) << "winner is no value";
    shell.put("digits.ein", kInputs + kLoss + "winner[b] = argmax(k: class 10) logits[b, k]\noutput predicted = winner\n");
    const std::string out = shell.output(kSmall);
    EXPECT_NE(out.find("learning rate 0.05 (cosine), momentum 0.9, seed 1"), std::string::npos) << out;
    EXPECT_NE(out.find("test accuracy "), std::string::npos);
}

TEST(TrainText, AWholeTextComesFromStandardInput) {
    const Shell shell;
    shell.put("digits.ein", kInputs + kLoss + "output logits\n");
    shell.output("ricci train - --images 64 --epochs 1 <digits.ein");
}

TEST(TrainText, WithoutLabelsTheLossAloneIsReported) {
    const Shell shell;
    // An autoencoder of one layer: its target is its input.
    shell.put("digits.ein", "ricci 1 model again\ninput images: f32[batch ?, height 28, width 28]\n"
                            "parameter w: f32[feature 8, height 28, width 28] = uniform(-0.03, 0.03)\n"
                            "code[b, f] = w[f, Y, X] * images[b, Y, X]\n"
                            "off[b, y, x] = w[F, y, x] * code[b, F] - images[b, y, x]\n"
                            "loss[] = sum(b, y, x) off[b, y, x] * off[b, y, x] / (f32(extent(b)) * 784)\noutput loss\n");
    const std::string out = shell.output(kSmall + "--learning-rate 0.01 --json report.json");
    EXPECT_NE(out.find("  test loss 0."), std::string::npos) << out;
    EXPECT_EQ(out.find("accuracy"), std::string::npos) << out;
    const ordered_json last = ordered_json::parse(shell.get("report.json"))["epochs"][1];
    EXPECT_FALSE(last.contains("test_accuracy"));
    EXPECT_GT(last["test_loss"].get<double>(), 0);
}

TEST(TrainText, PixelsMayBeFeaturesInARowAndInputsMayHaveAnyNames) {
    const Shell shell;
    shell.put("rows.ein", "ricci 1 model rows\ninput target: i32[batch ?]\ninput x: f32[batch ?, feature 1024]\n"
                          "parameter w: f32[class 10, feature 1024] = uniform(-0.03, 0.03)\nlogits[b, k] = w[k, I] * x[b, I]\n"
                          "total[b] = sum(k: class 10) exp(logits[b, k])\n"
                          "loss[] = sum(b) (log(total[b]) - sum(k) select(target[b] == k, logits[b, k], 0)) / f32(extent(b))\n"
                          "output logits\n");
    shell.output("ricci train rows.ein --images 640 --epochs 2 --json report.json");
    EXPECT_GT(ordered_json::parse(shell.get("report.json"))["epochs"][1]["test_accuracy"].get<double>(), 0.5);
    shell.put("few.ein", "ricci 1 model few\ninput x: f32[batch ?, feature 9]\nloss[] = sum(b, i) x[b, i]\nparameter w: f32[] = 1\n"
                         "output loss\ntrain loss with sgd(learning_rate = 1)\n");
    EXPECT_EQ(shell.run("ricci train few.ein --images 10").status, 2) << "nothing to train, and digits do not fit";
}

TEST(TrainText, ARegressionLearnsATable) {
    const Shell shell;
    shell.put("table.csv", line_table());
    shell.put("line.ein", "ricci 1 model line\ninput x: f32[batch ?, feature 2]\ninput t: f32[batch ?]\n"
                          "parameter w: f32[feature 2] = 0\nparameter c: f32[] = 0\n"
                          "y[b] = w[I] * x[b, I]\noff[b] = y[b] + c[] - t[b]\nloss[] = sum(b) off[b] * off[b] / f32(extent(b))\n"
                          "output y\noutput loss\n");
    const std::string out = shell.output("ricci train line.ein --data table.csv --epochs 30 --batch 10 --json report.json");
    EXPECT_EQ(out.find("accuracy"), std::string::npos) << out;
    EXPECT_LT(ordered_json::parse(shell.get("report.json"))["epochs"].back()["test_loss"].get<double>(), 0.1);
}

TEST(TrainText, ALossThatIsSmallIsNoZero) {
    const Shell shell;
    std::string table = "x,t\n";  // a column of equal numbers becomes one of zeros
    for (int row = 0; row < 40; ++row) table += "1,1\n";
    shell.put("table.csv", table);
    shell.put("near.ein", "ricci 1 model near\ninput x: f64[batch ?, feature 1]\ninput t: f64[batch ?]\n"
                          "parameter w: f64[] = 1.0001\noff[b] = w[] + x[b, 0] - t[b]\n"
                          "loss[] = sum(b) off[b] * off[b] / f64(extent(b))\noutput loss\n"
                          "train loss with sgd(learning_rate = 1e-30)\n");
    const std::string out = shell.output("ricci train near.ein --data table.csv --epochs 1 --save w");
    EXPECT_TRUE(out.contains("loss 1e-08  test loss 1e-08 ")) << out;
    EXPECT_TRUE(shell.output("ricci eval near.ein --weights w --data table.csv").contains("result    loss 1e-08\n"));
}

TEST(TrainText, WhatIsMissingIsNamed) {
    const Shell shell;
    const auto refused = [&](const std::string& text, const std::string& message) {
        shell.put("digits.ein", text);
        shell.expect_refused("ricci train digits.ein", "digits.ein: " + message);
    };
    refused(kInputs + "output logits\n",
            "there is no loss to train: call a value or an output \"loss\", or write \"train VALUE with sgd(learning_rate = 0.05)\"");
    refused(kInputs + kLoss + "output loss\n",
            "labels are labels, but no output says which classes are predicted: write \"output logits\" for floats with a class "
            "axis, or \"output predicted\" for whole numbers");
    refused("ricci 1 step m\ninput x: f32[]\ny[] = x[]\noutput y\n",
            "this text is at stage step, but a model is one of stage model; later stages run with `ricci run`");
    shell.expect_refused("ricci train absent.ein", "cannot open absent.ein: No such file or directory");
}

}  // namespace
}  // namespace ricci::test
