/// \file tests/cli/bench_test.cpp
/// `ricci bench` and `ricci data`: the lines they print, and stand-ins for the programs they call.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/cli/command.h"

namespace ricci::test {
namespace {

using nlohmann::ordered_json;

/// A program in the folder that is a few lines of shell.
void put_program(const Shell& shell, const std::string& name, const std::string& lines) {
    std::filesystem::create_directories((shell / name).parent_path());
    shell.put(name, "#!/bin/sh\n" + lines);
    std::filesystem::permissions(shell / name, std::filesystem::perms::owner_all);
}

TEST(BenchStep, PrintsOneLineWithTheKeysOfThePeers) {
    const std::string out = Shell().output("ricci bench step --images 128 --batch 64 --repeats 2");
    EXPECT_EQ(out.find('\n'), out.size() - 1);
    std::vector<std::string> names;
    const ordered_json line = ordered_json::parse(out);
    for (const auto& [name, value] : line.items()) names.push_back(name);
    EXPECT_EQ(names, (std::vector<std::string>{"peer", "threads", "batch", "us_per_image", "min", "max", "epoch_s",
                                               "first_epoch_extra_s", "peak_bytes", "sgemm_gflops", "floor_us", "times_floor"}));
    EXPECT_EQ(line["peer"], "ricci 0.1.0");
    EXPECT_EQ(line["threads"], 1);
    constexpr double kLenetKiloFlop = 2263.92;
    const double said = line["floor_us"].get<double>() * line["sgemm_gflops"].get<double>();
    EXPECT_NEAR(said, kLenetKiloFlop, 0.01 * kLenetKiloFlop) << "floor_us is rounded";
}

TEST(BenchStep, PrintsALineForEachNumberOfThreadsAndBatchBesideTheFirst) {
    const Shell shell;
    const std::string out = shell.output("ricci bench step --images 64 --threads 1,2 --batch 16,64 --repeats 1");
    std::istringstream lines(out);
    std::vector<std::pair<int, int>> found;
    for (std::string text; std::getline(lines, text);) {
        const ordered_json line = ordered_json::parse(text);
        found.emplace_back(line["threads"], line["batch"]);
        EXPECT_TRUE(found.size() > 1 || line["speedup"] == 1.0) << text;
        EXPECT_EQ(line["speedup"], line["speedup_min"]) << "of one repeat";
        EXPECT_EQ(line["speedup"], line["speedup_max"]) << "of one repeat";
    }
    EXPECT_EQ(found, (std::vector<std::pair<int, int>>{{1, 16}, {1, 64}, {2, 16}, {2, 64}}));
    shell.expect_refused("ricci bench step --batch 16,x", "option --batch: \"x\" is not a whole number");
    shell.expect_refused("ricci bench step --batch 16,", "option --batch: \"\" is not a whole number");
    shell.expect_refused("ricci bench step --batch 16,0", "option --batch is 0; it is from 1 to 1000000000");
    shell.expect_refused("ricci bench step --batch 16,8193",
                         "--images 8192 is less than one batch of 8193; ask for more images");
}

TEST(BenchConv, PrintsALineForEachLayerAndDirectionWithTheKeysOfThePeers) {
    const std::string out = Shell().output("ricci bench conv --only lenet.conv1 --seconds 0");
    EXPECT_EQ(std::ranges::count(out, '\n'), 3);
    std::vector<std::string> names;
    const ordered_json line = ordered_json::parse(out.substr(0, out.find('\n')));
    for (const auto& [name, value] : line.items()) names.push_back(name);
    EXPECT_EQ(names, (std::vector<std::string>{"peer", "threads", "layer", "direction", "ms", "gflops"}));
    EXPECT_EQ(line["layer"], "lenet.conv1");
    EXPECT_EQ(line["direction"], "forward");
}

TEST(BenchConv, PrintsATableBesideAPeer) {
    const Shell shell;
    put_program(shell, "python",
                "for direction in forward input_gradient kernel_gradient; do\n"
                "echo \"{\\\"peer\\\": \\\"torch 1.13\\\", \\\"direction\\\": \\\"$direction\\\", \\\"ms\\\": 1e6}\"\n"
                "done\n");
    const std::string out = shell.output(
        "ricci bench conv --peers --only lenet.conv2 --seconds 0 --rounds 2 --python ./python --scripts "
        "'" RICCI_SOURCE_DIR "/bench/peers'");
    EXPECT_NE(out.find("\nlenet.conv2         input_gradient "), std::string::npos) << out;
    EXPECT_NE(out.find(" 1000000.000 "), std::string::npos) << out;
    EXPECT_NE(out.find("\ntorch 1.13: "), std::string::npos) << out;
    EXPECT_NE(out.find(" the geometric mean of 3 rows\n"), std::string::npos) << out;
    const Ended refused = shell.run("ricci bench conv --only lenet.conv3");
    EXPECT_EQ(refused.status, 2);
    EXPECT_EQ(refused.error, "ricci: --only lenet.conv3: no layer has that in its name\n");
}

TEST(BenchConv, ComparesTheFormsOfTheLectures) {
    const Shell shell;
    const std::string out = shell.output("ricci bench conv --lecture --only '1 image' --seconds 0 --svg forms.svg");
    for (const char* form : {"naive ", "taps ", "im2col ", "im2col-matrix ", "sparse ", "view ", "ricci "}) {
        EXPECT_NE(out.find(std::string("\n") + form), std::string::npos) << out;
    }
    EXPECT_EQ(out.find("too much"), std::string::npos) << out;
    EXPECT_TRUE(out.ends_with("drawn in forms.svg\n")) << out;
    EXPECT_NE(shell.get("forms.svg").find(">gradient by w<"), std::string::npos);
    shell.expect_refused("ricci bench conv --lecture --only nothing", "--only nothing: no lecture has that in its title");
    shell.expect_refused("ricci bench conv --lecture --direction forward", "--direction says nothing to --lecture; leave one of them out");
    shell.expect_refused("ricci bench conv --dtype f64", "--dtype is of --lecture; give both");
    const Ended unwritable = shell.run("ricci bench conv --lecture --svg no/such/folder/forms.svg");
    EXPECT_EQ(unwritable.status, 2);
    EXPECT_EQ(unwritable.out, "") << "before anything is measured";
    EXPECT_TRUE(unwritable.error.contains("no/such/folder/forms.svg")) << unwritable.error;
    shell.expect_refused("ricci bench conv --svg forms.svg",
                         "--svg forms.svg: the drawing is of --lecture; give both");
}

TEST(BenchConv, RefusesTheDenseMatrixOfLeNetInF64) {
    const std::string out = Shell().output("ricci bench conv --lecture --only LeNet --dtype f64 --seconds 0");
    EXPECT_TRUE(out.contains("which take 160563200 bytes; at most 100000000")) << out;
    EXPECT_EQ(out.find("too much"), std::string::npos) << out;
    EXPECT_TRUE(out.contains("\nsparse ")) << out;
}

TEST(BenchConv, PrintsTheTextOfAForm) {
    const Shell shell;
    const std::string out = shell.output("ricci bench conv --lecture --only '1 image' --print taps");
    EXPECT_TRUE(out.starts_with("# 1 image of 3 x 4 x 4")) << out;
    shell.put("taps.ein", out);
    EXPECT_TRUE(shell.output("ricci run taps.ein").contains("y: f32[batch 1, channel 2, height 3, width 3]")) << out;
    // One text, and what tells the two forms apart.
    const auto printed = [&](const std::string& form) {
        return shell.output("ricci bench conv --lecture --only '1 image' --print " + form);
    };
    const std::string view = printed("view"), naive = printed("naive");
    EXPECT_TRUE(view.starts_with("# 1 image of 3 x 4 x 4")) << view;
    EXPECT_TRUE(view.contains("; view with the option --gemm contraction\nricci 1 model view\n")) << view;
    EXPECT_TRUE(naive.contains("; naive with the option --gemm loops\nricci 1 model naive\n")) << naive;
    shell.put("view.ein", view);
    EXPECT_EQ(shell.run("ricci run view.ein --gemm contraction").status, 0);
    shell.expect_refused("ricci bench conv --lecture --print loops",
                         "no form of a convolution is called \"loops\"; there are naive, taps, im2col, im2col-matrix, sparse, view, ricci");
}

TEST(BenchStep, TheProfileNamesKernelsOnStandardError) {
    const Ended ended = Shell().run("ricci bench step --images 64 --repeats 1 --profile");
    EXPECT_EQ(ended.status, 0);
    EXPECT_EQ(ended.out.find('\n'), ended.out.size() - 1);
    EXPECT_NE(ended.error.find("conv2"), std::string::npos) << ended.error;
}

TEST(BenchStep, ASizeThatTheModelDoesNotTakeIsRefused) {
    const Shell shell;
    shell.expect_refused("ricci bench step lenet5 --size 64 --images 64",
                         "option --size is 64, but lenet5 takes images of 32 x 32 alone");
    EXPECT_TRUE(shell.output("ricci bench step mlp --size 8 --images 64 --repeats 1").starts_with("{\"peer\""));
}

TEST(BenchPeers, PrintsATableOfThePeersThatAPythonHas) {
    const Shell shell;
    // Has torch and jax; jax fails when it is run.
    put_program(shell, "python",
                "case $2 in\n"
                "'import torch'*) echo torch.py; echo 1.13; exit 0;;\n"
                "'import jax'*) echo jax.py; echo 0.4; exit 0;;\n"
                "'import'*) exit 1;;\n"
                "esac\n"
                "case $1 in\n"
                "*_torch.py) echo '{\"peer\": \"torch 1.13\", \"us_per_image\": 1e6, \"min\": 9e5, \"max\": 2e6}';;\n"
                "*) exit 3;;\n"
                "esac\n");
    const std::string out =
        shell.output("ricci bench peers --python ./python --rounds 2 --repeats 1 --images 64 --peers '" RICCI_SOURCE_DIR
                     "/bench/peers'");
    EXPECT_NE(out.find("./python: has no tinygrad\n"), std::string::npos) << out;
    EXPECT_NE(
        out.find("lenet5_jax.py --threads 1 --batch 64 --images 64 --repeats 1: failed with status 3; left out\n"),
        std::string::npos)
        << out;
    EXPECT_NE(out.find("\nricci 0.1.0 "), std::string::npos) << out;
    EXPECT_NE(out.find("\ntorch 1.13                   1000000.00 900000.00 2000000.00 "), std::string::npos) << out;
}

/// The begin of a Python that has torch and no other peer.
const std::string kOnlyTorch =
    "case $2 in\n"
    "'import torch'*) echo torch.py; echo 1.13; exit 0;;\n"
    "'import'*) exit 1;;\n"
    "esac\n";

TEST(BenchPeers, AModelOfImagesRunsInBothOrdersOfAxes) {
    const Shell shell;
    // Has torch; a script says with what it was run.
    put_program(shell, "python",
                kOnlyTorch +
                "shift; echo '{\"peer\": \"'$*'\", \"us_per_image\": 1e6, \"min\": 9e5, \"max\": 2e6}'\n");
    const std::string command = "ricci bench peers resnet18 --size 8 --python ./python --rounds 1 --repeats 1 --images 2 --batch 2 "
                                "--peers '" RICCI_SOURCE_DIR "/bench/peers'";
    const std::string out = shell.output(command);
    EXPECT_EQ(out.find("has no jax"), std::string::npos) << out;
    const std::string numbers = "--threads 1 --batch 2 --images 2 --repeats 1 ";
    EXPECT_NE(out.find("\n--model resnet18 --size 8 " + numbers), std::string::npos) << out;
    EXPECT_NE(out.find("\n--model resnet18 --size 8 --channels-last " + numbers), std::string::npos) << out;
    shell.expect_refused("ricci bench peers absent", "no model \"absent\"; ricci models lists them");
}

TEST(BenchStep, PeakMemoryHoldsAtLeastParametersAndTheirStates) {
    const ordered_json line = ordered_json::parse(Shell().output("ricci bench step mlp --images 64 --repeats 1"));
    constexpr std::int64_t kNumbers = 669706;  // of the parameters, and of SGD's velocities
    EXPECT_GE(line["peak_bytes"], 2 * kNumbers * static_cast<std::int64_t>(sizeof(float)));
}

TEST(BenchNet, PrintsPeakMemoryBesideThatOfAPeer) {
    const Shell shell;
    // The timed process and the one whose memory counts differ in their images.
    put_program(shell, "python",
                kOnlyTorch +
                "case \"$*\" in *'--images 64 '*) peak=123456789;; *) peak=1;; esac\n"
                "echo \"{\\\"peer\\\": \\\"torch 1.13\\\", \\\"us_per_image\\\": 1e6, \\\"peak_bytes\\\": $peak}\"\n");
    const std::string out = shell.output("ricci bench net mlp --peers --python ./python --threads 1 --rounds 1 --repeats 1 --scripts "
                                         "'" RICCI_SOURCE_DIR "/bench/peers'");
    EXPECT_NE(out.find("| torch 1.13 "), std::string::npos) << out;
    EXPECT_NE(out.find(" |    123.5 | "), std::string::npos) << out;
}

TEST(BenchPeers, WhatIsNotThereIsNamed) {
    const Shell shell;
    const Ended ended = shell.run("ricci bench peers --python ./absent --rounds 1 --repeats 1 --images 64");
    EXPECT_EQ(ended.status, 0) << ended.error;
    EXPECT_NE(ended.out.find("./absent: there is no such program\n"), std::string::npos) << ended.out;
    const Ended refused = shell.run("ricci bench peers --peers absent");
    EXPECT_EQ(refused.status, 2);
    EXPECT_EQ(refused.error, "ricci: --peers absent: there is no measure.py; name bench/peers of Ricci's sources\n");
}

TEST(DataMnist, WithoutCurlSaysWhatToInstall) {
    const Ended ended = Shell().run("PATH=/nowhere ricci data mnist --to mnist");
    EXPECT_EQ(ended.status, 2);
    EXPECT_EQ(ended.error, "ricci: curl is not installed; it fetches the files (Debian package curl)\n");
}

TEST(DataMnist, WithoutANetworkSaysWhatFailed) {
    const Shell shell;
    put_program(shell, "bin/curl", "exit 6\n");
    const Ended ended = shell.run("PATH=$PWD/bin:$PATH ricci data mnist --to mnist");
    EXPECT_EQ(ended.status, 2);
    EXPECT_EQ(ended.error,
              "ricci: cannot fetch train-images-idx3-ubyte.gz: curl gave up on "
              "https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz with status 6; without a "
              "network, copy the file to mnist\n");
}

TEST(DataMnist, AFileWithOtherContentsIsNotKept) {
    const Shell shell;
    // Writes what was asked for to the file that follows --output.
    put_program(shell, "bin/curl", "while [ \"$1\" != --output ]; do shift; done\necho wrong >\"$2\"\n");
    const Ended ended = shell.run("PATH=$PWD/bin:$PATH ricci data mnist --to mnist");
    EXPECT_EQ(ended.status, 2);
    EXPECT_NE(ended.error.find("it holds 6 bytes unpacked instead of 47040016"), std::string::npos) << ended.error;
    EXPECT_TRUE(std::filesystem::is_empty(shell / "mnist"));
}

TEST(DataMnist, AFileOfTheUserIsNotOverwritten) {
    const Shell shell;
    std::filesystem::create_directory(shell / "mnist");
    shell.put("mnist/train-images-idx3-ubyte.gz", "mine");
    const Ended ended = shell.run("ricci data mnist --to mnist");
    EXPECT_EQ(ended.status, 2);
    EXPECT_EQ(ended.error,
              "ricci: mnist/train-images-idx3-ubyte.gz is not MNIST's: it holds 4 bytes unpacked instead of 47040016; "
              "remove it, and run this again\n");
    EXPECT_EQ(shell.get("mnist/train-images-idx3-ubyte.gz"), "mine");
}

}  // namespace
}  // namespace ricci::test
