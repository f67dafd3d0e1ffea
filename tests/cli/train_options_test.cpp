/// \file tests/cli/train_options_test.cpp
/// Options of `ricci train`: schedules, accumulation, dropout, validation, and the files of its curves.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/command.h"

namespace ricci::test {
namespace {

using nlohmann::ordered_json;

constexpr const char* kSmall = "ricci train lenet5 --images 200 --epochs 2 ";

std::string weights(const Shell& shell, const std::string& options) {
    shell.output(kSmall + options + " --json report.json");
    return ordered_json::parse(shell.get("report.json"))["weights_sha256"].get<std::string>();
}

TEST(TrainOptions, SchedulesAndSettingsChangeTheSteps) {
    const Shell shell;
    const std::string usual = weights(shell, "--threads 1");
    EXPECT_EQ(weights(shell, "--threads 1 --schedule cosine"), usual);
    EXPECT_EQ(weights(shell, "--threads 1 --schedule 'cosine(steps = 8)'"), usual) << "4 batches of 64 an epoch";
    for (const std::string other : {"--schedule constant", "--schedule 'cosine(warm_up = 3)'", "--schedule one_cycle",
                                    "--schedule 'step(every = 3)'", "--weight-decay 0.1", "--clip 0.1", "--accumulate 2"}) {
        EXPECT_NE(weights(shell, "--threads 1 " + other), usual) << other;
    }
    shell.expect_refused("ricci train lenet5 --schedule step", "option --schedule: schedule step needs every, such as 1000");
    shell.expect_refused("ricci train lenet5 --schedule fast",
                         "option --schedule: unknown schedule \"fast\"; there are constant, cosine, linear, one_cycle, step");
    shell.expect_refused("ricci train lenet5 --schedule 'cosine('",
                         "option --schedule: text:1: found the end of the text, expected the name of a setting");
    EXPECT_EQ(shell.run("ricci opt --list-schedules").out.substr(0, 9), "constant:");
}

TEST(TrainOptions, DropoutGetsAnotherRateWhereTheModelHasSome) {
    const Shell shell;
    shell.put("noisy.ein", kNoisy);
    const auto loss = [&](const std::string& options) {
        shell.output("ricci train noisy.ein --images 200 --epochs 1 --json report.json " + options);
        return ordered_json::parse(shell.get("report.json"))["epochs"][0]["loss"].get<double>();
    };
    const double half = loss("");
    EXPECT_EQ(loss("--dropout 0.5"), half);
    EXPECT_NE(loss("--dropout 0.1"), half);
    EXPECT_LT(loss("--dropout 0"), half);
    shell.expect_refused("ricci train lenet5 --dropout 0.2", "option --dropout is 0.2, but lenet5 has no dropout");
}

TEST(TrainOptions, DrawnImagesAreNamedAsData) {
    const Shell shell;
    const std::string out = shell.output("ricci train lenet5 --data drawn:garments --images 200 --epochs 1 --save w");
    EXPECT_TRUE(out.starts_with("data      garments drawn by a seeded generator; 200 to train, 33 to test\n")) << out;
    EXPECT_NE(shell.output("ricci eval lenet5 --weights w --data drawn:garments --images 200").find("ankle boot"), std::string::npos);
    EXPECT_EQ(weights(shell, "--threads 1 --data drawn:digits"), weights(shell, "--threads 1"));
    shell.expect_refused("ricci train lenet5 --data drawn:hats",
                         "option --data: nothing draws \"hats\"; there are drawn:digits, drawn:shapes, drawn:garments");
    shell.expect_refused("ricci train lenet5 --data drawn:digits --label x", "option --label is for a .csv file; name it with --data");
}

TEST(TrainOptions, AValidationSetIsHeldOutAndTheTestDataCountOnce) {
    const Shell shell;
    const std::string out = shell.output(std::string(kSmall) + "--validation 0.25 --keep-best --json report.json");
    EXPECT_NE(out.find("; 150 to train, 50 to validate, 33 to test\n"), std::string::npos) << out;
    EXPECT_NE(out.find("  validation accuracy "), std::string::npos) << out;
    EXPECT_NE(out.find("\ntested    accuracy "), std::string::npos) << out;
    const ordered_json report = ordered_json::parse(shell.get("report.json"));
    EXPECT_TRUE(report["epochs"][0].contains("validation_accuracy"));
    EXPECT_FALSE(report["epochs"][0].contains("test_accuracy"));
    EXPECT_TRUE(report.contains("test_accuracy"));
    shell.expect_refused("ricci train lenet5 --images 3 --validation 0.01",
                         "option --validation: a share of 0.01 of 3 samples leaves 3 to train and 0 to validate");
}

TEST(TrainOptions, CurvesAreWrittenAsCsvAndSvgAndEvents) {
    const Shell shell;
    shell.output(std::string(kSmall) + "--csv curves.csv --plot curves.svg --tensorboard board");
    const std::string csv = shell.get("curves.csv");
    EXPECT_TRUE(csv.starts_with("epoch,loss,test_loss,test_accuracy,seconds,images_per_second\n1,")) << csv;
    EXPECT_EQ(std::ranges::count(csv, '\n'), 3) << csv;
    EXPECT_EQ(csv.find(",,"), std::string::npos) << "the test has a loss too: " << csv;
    const std::string svg = shell.get("curves.svg");
    EXPECT_TRUE(svg.starts_with("<svg ")) << svg;
    EXPECT_TRUE(svg.ends_with("</svg>\n")) << svg;
    EXPECT_NE(svg.find("accuracy in %"), std::string::npos);
    std::size_t lines = 0;
    for (std::size_t at = svg.find("<path d="); at != std::string::npos; at = svg.find("<path d=", at + 1)) ++lines;
    EXPECT_EQ(lines, 3U) << "two losses and an accuracy";
    int events = 0;
    for (const auto& entry : std::filesystem::directory_iterator(shell / "board")) {
        ++events;
        EXPECT_GT(entry.file_size(), 200U);
    }
    EXPECT_EQ(events, 1);
    shell.expect_refused("ricci train lenet5 --csv x --plot x", "--csv and --plot both name x; one would overwrite the other");
}

}  // namespace
}  // namespace ricci::test
