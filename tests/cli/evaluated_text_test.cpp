/// \file tests/cli/evaluated_text_test.cpp
/// `ricci eval` and `ricci predict` of a text that `ricci train FILE.ein` trained.
#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "tests/cli/command.h"

namespace ricci::test {
namespace {

const std::string kLoss = "total[b] = sum(k: class 10) exp(logits[b, k])\n"
                          "loss[] = sum(b) (log(total[b]) - sum(k) select(labels[b] == k, logits[b, k], 0)) / f32(extent(b))\n";
const std::string kDigits = "ricci 1 model digits\ninput images: f32[batch ?, height 28, width 28]\ninput labels: i32[batch ?]\n"
                            "parameter w: f32[class 10, height 28, width 28] = uniform(-0.03, 0.03)\n"
                            "logits[b, k] = w[k, Y, X] * images[b, Y, X]\n" + kLoss;

std::string first(const std::string& text, const std::string& pattern) {
    std::smatch found;
    EXPECT_TRUE(std::regex_search(text, found, std::regex(pattern))) << text;
    return found.empty() ? "" : found[1].str();
}

TEST(EvaluatedText, EvalSaysWhatTrainSaidAndPredictNamesItsClass) {
    const Shell shell;
    shell.put("digits.ein", kDigits + "output logits\n");
    const std::string trained = shell.output("ricci train digits.ein --images 600 --epochs 2 --threads 1 --save w");
    const std::string accuracy = first(trained, "epoch 2/2 .* test accuracy ([0-9.]+ %)");
    const std::string out = shell.output("ricci eval digits.ein --weights w --images 600 --confusion c.svg --worst w.svg");
    EXPECT_EQ(first(out, "accuracy ([0-9.]+ %)"), accuracy);
    EXPECT_EQ(first(out, "(sha256 [0-9a-f]+)"), first(trained, "(sha256 [0-9a-f]+)"));
    EXPECT_TRUE(shell.get("w.svg").contains("<image "));
    const std::string said = shell.output("ricci predict digits.ein --weights w --images 600 3 --top 10");
    EXPECT_TRUE(said.starts_with("sample    3 of drawn digits, labelled ")) << said;
    double sum = 0;
    for (std::string rest = said; std::regex_search(rest, std::regex("  [0-9]  +[0-9.]+ %"));) {
        std::smatch found;
        std::regex_search(rest, found, std::regex("  [0-9]  +([0-9.]+) %"));
        sum += std::stod(found[1]);
        rest = found.suffix();
    }
    EXPECT_NEAR(sum, 100, 0.1);
}

TEST(EvaluatedText, PixelsMayBeFeaturesInARow) {
    const Shell shell;
    std::string rows = kDigits;
    const auto replace = [&](const std::string& from, const std::string& to) {
        ASSERT_TRUE(rows.contains(from)) << from;
        rows.replace(rows.find(from), from.size(), to);
    };
    replace("images: f32[batch ?, height 28, width 28]", "x: f32[batch ?, feature 1024]");
    replace("height 28, width 28", "feature 1024");
    replace("w[k, Y, X] * images[b, Y, X]", "w[k, I] * x[b, I]");
    shell.put("rows.ein", rows + "output logits\n");
    const std::string trained = shell.output("ricci train rows.ein --images 600 --epochs 1 --threads 1 --save w");
    const std::string out = shell.output("ricci eval rows.ein --weights w --images 600 --worst w.svg");
    EXPECT_EQ(first(out, "accuracy ([0-9.]+ %)"), first(trained, "best ([0-9.]+ %) after epoch 1"));
    EXPECT_TRUE(shell.output("ricci predict rows.ein --weights w --images 600 3 --top 1").contains(" %  #"));
}

TEST(EvaluatedText, PredictedClassesAloneAreCounted) {
    const Shell shell;
    shell.put("digits.ein", kDigits + "winner[b] = argmax(k: class 10) logits[b, k]\noutput predicted = winner\n");
    const std::string trained = shell.output("ricci train digits.ein --images 600 --epochs 1 --threads 1 --save w");
    const std::string out = shell.output("ricci eval digits.ein --weights w --images 600 --csv c.csv");
    EXPECT_EQ(first(out, "accuracy ([0-9.]+ %)"), first(trained, "best ([0-9.]+ %) after epoch 1"));
    EXPECT_TRUE(shell.get("c.csv").starts_with("class,samples,right,recall,precision,said 0,")) << shell.get("c.csv");
    first(shell.output("ricci predict digits.ein --weights w --images 600 3"), "\n  winner  ([0-9])\n");
    shell.expect_refused("ricci eval digits.ein --weights w --images 600 --worst w.svg",
                         "--worst w.svg: digits.ein puts out no logits, so no class has a probability");
}

TEST(EvaluatedText, ARegressionSaysItsNumbers) {
    const Shell shell;
    shell.put("table.csv", line_table());
    const std::string line = "ricci 1 model line\ninput x: f32[batch ?, feature 2]\ninput t: f32[batch ?]\n"
                             "parameter w: f32[feature 2] = 0\nparameter c: f32[] = 0\ny[b] = w[I] * x[b, I] + c[]\n"
                             "loss[] = sum(b) square(y[b] - t[b]) / f32(extent(b))\noutput loss\n";
    shell.put("line.ein", line + "output y\n");
    shell.output("ricci train line.ein --data table.csv --epochs 40 --batch 10 --save w");
    EXPECT_LT(std::stod(first(shell.output("ricci eval line.ein --weights w --data table.csv"), "result    loss ([0-9.e-]+)\n")), 0.01);
    // Row 6 of the table is the first of the test: a = 6, b = 1.
    const std::string said = shell.output("ricci predict line.ein --weights w --data table.csv 0");
    EXPECT_TRUE(said.starts_with("sample    0 of table test\n")) << said;
    EXPECT_NEAR(std::stod(first(said, "\n  y  ([0-9.]+)\n")), 21.5, 0.2);
    shell.expect_refused("ricci eval line.ein --weights w --data table.csv --csv c.csv",
                         "--confusion, --worst and --csv are about classes, but line.ein has none");
    shell.put("sum.ein", line + "z[b] = y[b] + t[b]\noutput z\n");
    shell.expect_refused("ricci predict sum.ein --weights w some.npy",
                         "some.npy: the model takes 2 inputs; ask about the number of a sample of --data");
    shell.put("mute.ein", line);
    shell.expect_refused("ricci predict mute.ein --weights w --data table.csv 0",
                         "model mute.ein gives no answer for each sample; an output that needs no labels would be one");
}

TEST(EvaluatedText, WhatCannotBeAnsweredIsRefused) {
    const Shell shell;
    shell.put("digits.ein", kDigits + "output logits\n");
    shell.expect_refused("ricci eval digits.ein",
                         "digits.ein needs weights: --weights FILE, as ricci train digits.ein --save FILE writes them");
    shell.expect_refused("ricci eval absent.ein --weights w", "cannot open w: No such file or directory");
    shell.expect_refused("ricci predict digits.ein --weights w 1 --draw r.svg", "cannot open w: No such file or directory");
    shell.output("ricci train digits.ein --images 60 --epochs 1 --save w");
    shell.expect_refused("ricci eval absent.ein --weights w", "cannot open absent.ein: No such file or directory");
    shell.expect_refused("ricci predict digits.ein --weights w 1 --draw r.svg", "--draw r.svg: model digits.ein restores no images");
}

}  // namespace
}  // namespace ricci::test
