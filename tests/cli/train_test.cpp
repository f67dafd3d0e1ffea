/// \file tests/cli/train_test.cpp
/// `ricci train`: what it says, what it writes, what it refuses before the first step.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/file/safetensors.h"
#include "tests/cli/command.h"

namespace ricci::test {
namespace {

using nlohmann::ordered_json;

constexpr const char* kSmall = "ricci train lenet5 --images 200 --epochs 2 ";

std::vector<std::string> keys(const ordered_json& object) {
    std::vector<std::string> names;
    for (const auto& [name, value] : object.items()) names.push_back(name);
    return names;
}

TEST(Train, TheReportHasItsKeysAndAnEntryAnEpoch) {
    const Shell shell;
    shell.output(std::string(kSmall) + "--threads 1 --json report.json");
    const ordered_json report = ordered_json::parse(shell.get("report.json"));
    EXPECT_EQ(keys(report), (std::vector<std::string>{"model", "data", "parameters", "threads", "batch",
                                                      "compile_seconds", "arena_bytes", "weights_sha256", "epochs"}));
    EXPECT_EQ(report["model"], "lenet5");
    EXPECT_EQ(report["data"], "drawn digits");
    EXPECT_EQ(report["parameters"], 61706);
    EXPECT_EQ(report["threads"], 1);
    EXPECT_EQ(report["batch"], 64);
    EXPECT_GT(report["compile_seconds"].get<double>(), 0);
    EXPECT_GT(report["arena_bytes"].get<std::int64_t>(), 0);
    EXPECT_EQ(report["weights_sha256"].get<std::string>().size(), 64U);
    ASSERT_EQ(report["epochs"].size(), 2U);
    const ordered_json& last = report["epochs"][1];
    EXPECT_EQ(keys(last), (std::vector<std::string>{"epoch", "loss", "test_accuracy", "seconds", "images_per_second"}));
    EXPECT_EQ(last["epoch"], 2);
    EXPECT_LT(last["loss"].get<double>(), report["epochs"][0]["loss"].get<double>());
    EXPECT_GE(last["test_accuracy"].get<double>(), 0);
    EXPECT_LE(last["test_accuracy"].get<double>(), 1);
}

TEST(Train, SaysWhichDataItUsesAndWhatItRunsOn) {
    const std::string out = Shell().output(kSmall);
    EXPECT_TRUE(
        out.starts_with("data      digits drawn by a seeded generator, as neither --data nor RICCI_DATA names a "
                        "folder with MNIST; 200 to train, 33 to test\n"))
        << out;
    for (const std::string line :
         {"\nmodel     lenet5, 61,706 parameters, f32, batch 64", "\nmachine   ", "\nBLAS      ", "\ncompiled  in ",
          "\nepoch 1/2  loss ", "\ntrained   2 epochs in "}) {
        EXPECT_NE(out.find(line), std::string::npos) << line << " in\n" << out;
    }
}

TEST(Train, ProgressIsPlainInAPipeAndLiveOnATerminal) {
    const Shell shell;
    EXPECT_EQ(shell.output(kSmall).find('\r'), std::string::npos);
    // script(1) is a terminal for what it runs.
    const std::string live =
        shell.output("script -qec \"'" RICCI_COMMAND "' train lenet5 --images 200 --epochs 1\" typescript");
    EXPECT_NE(live.find("\r\033[Kepoch 1/1  loss "), std::string::npos) << live;
}

TEST(Train, TheSeedAloneDecidesTheWeights) {
    const Shell shell;
    const auto weights = [&](const std::string& options) {
        shell.output(kSmall + options + " --json report.json");
        return ordered_json::parse(shell.get("report.json"))["weights_sha256"].get<std::string>();
    };
    const std::string first = weights("--seed 5 --threads 1");
    EXPECT_EQ(weights("--seed 5 --threads 2"), first);
    EXPECT_NE(weights("--seed 6 --threads 1"), first);
}

TEST(Train, SavesTheWeightsItNamesInTheReport) {
    const Shell shell;
    shell.output(std::string(kSmall) + "--dtype f64 --save weights.safetensors");
    const runtime::Safetensors saved = runtime::read_safetensors(shell / "weights.safetensors");
    ASSERT_EQ(saved.tensors.size(), 10U);
    EXPECT_EQ(saved.at("conv1.kernel").spec().dtype, f64);
    EXPECT_EQ(saved.at("conv1.kernel").spec().extents, (std::vector<std::int64_t>{6, 1, 5, 5}));
}

TEST(Train, FilesThatCannotBeWrittenAreRefusedBeforeTraining) {
    const Shell shell;
    // So many epochs would never end.
    const std::string endless = "ricci train lenet5 --epochs 1000000 ";
    shell.expect_refused(endless + "--json absent/report.json",
                         "cannot write absent/report.json: No such file or directory");
    shell.expect_refused(endless + "--save .", "cannot write .: Is a directory");
    shell.put("file", "");
    shell.expect_refused(endless + "--save file/weights", "cannot write file/weights: Not a directory");
}

TEST(Train, NothingIsLeftBehindByTheTestOfAFile) {
    const Shell shell;
    shell.put("weights", "old");
    shell.run("ricci train lenet5 --data absent --save weights --json report.json");
    EXPECT_EQ(shell.get("weights"), "old");
    EXPECT_FALSE(shell.has("report.json"));
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(shell / ".")) files += entry.is_regular_file() ? 1 : 0;
    EXPECT_EQ(files, 4);  // weights, and the shell's script, out, error
}

TEST(Train, DataThatAreMissingOrLieAreRefused) {
    const Shell shell;
    shell.expect_refused("ricci train lenet5 --data absent",
                         "absent is not a folder, nor a .csv, .npz or .txt file; name one that holds data");
    shell.expect_refused("RICCI_DATA=absent ricci train lenet5",
                         "absent is not a folder, nor a .csv, .npz or .txt file; name one that holds data");
    std::filesystem::create_directory(shell / "mnist");
    EXPECT_EQ(shell.run("ricci train lenet5 --data mnist").status, 2);
    // One image of 28 x 28, says the header, but there is none.
    shell.put("mnist/train-images-idx3-ubyte", std::string("\0\0\x08\x03\0\0\0\x01\0\0\0\x1c\0\0\0\x1c", 16));
    shell.put("mnist/train-labels-idx1-ubyte", std::string("\0\0\x08\x01\0\0\0\x01\0", 9));
    shell.put("mnist/t10k-images-idx3-ubyte", shell.get("mnist/train-images-idx3-ubyte"));
    shell.put("mnist/t10k-labels-idx1-ubyte", shell.get("mnist/train-labels-idx1-ubyte"));
    const Ended ended = shell.run("ricci train lenet5 --data mnist");
    EXPECT_EQ(ended.status, 2);
    EXPECT_TRUE(ended.error.starts_with("ricci: mnist/train-images-idx3-ubyte: ")) << ended.error;
    EXPECT_EQ(ended.out, "");
}

TEST(Train, ALossThatIsNoNumberEndsWithARemedy) {
    const Ended ended = Shell().run("ricci train lenet5 --images 640 --learning-rate 1e38 --epochs 50");
    EXPECT_EQ(ended.status, 2);
    EXPECT_NE(ended.error.find("a smaller learning rate than 1e+38 may help"), std::string::npos) << ended.error;
}

TEST(Train, CtrlCEndsAfterAStepAndKeepsWhatWasLearned) {
    const Shell shell;
    // The interrupt comes when the first epoch is reported, long before a million are.
    // The interrupt may be ignored here, and is not to be there.
    const Ended ended = shell.run("env --default-signal=INT '" RICCI_COMMAND
                                  "' train lenet5 --images 64 --epochs 1000000 --json report.json >log &\n"
                                  "while ! grep -q '^epoch' log; do sleep 0.05; done\n"
                                  "kill -INT $!\nwait $!");
    EXPECT_EQ(ended.status, 130) << ended.error;
    EXPECT_NE(shell.get("log").find("\nstopped   by Ctrl-C in epoch "), std::string::npos);
    EXPECT_GE(ordered_json::parse(shell.get("report.json"))["epochs"].size(), 1U);
}

}  // namespace
}  // namespace ricci::test
