/// \file tests/cli/resume_test.cpp
/// `ricci train --checkpoint`: a signal in the middle of an epoch, and the command that goes on from there.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/command.h"

namespace ricci::test {
namespace {

using nlohmann::ordered_json;

/// A network with dropout and running statistics is in checkpoint_test.cpp; here the process is another one.
constexpr const char* kTraining = "lenet5 --images 20000 --epochs 2 --threads 1 --optimizer 'adamw(learning_rate = 0.002)'";

std::string weights(const Shell& shell, const std::string& file) {
    return ordered_json::parse(shell.get(file))["weights_sha256"].get<std::string>();
}

TEST(Resume, ATrainingThatASignalEndsGoesOnWithTheSameBits) {
    const Shell shell;
    shell.output(std::string("ricci train ") + kTraining + " --json whole.json");
    for (const std::string signal : {"TERM", "INT"}) {
        const std::string folder = "run" + signal;
        const Ended ended = shell.run("env --default-signal=INT '" RICCI_COMMAND "' train " + std::string(kTraining) + " --checkpoint " +
                                      folder + " --every 10 --json parted.json >log &\n"
                                      "while ! ls " + folder + "/step-*.safetensors >/dev/null 2>&1; do sleep 0.01; done\n"
                                      "kill -" + signal + " $!\nwait $!");
        EXPECT_EQ(ended.status, signal == "TERM" ? 143 : 130) << ended.error;
        const std::string log = shell.get("log");
        EXPECT_NE(log.find("\nstopped   by " + std::string(signal == "TERM" ? "SIGTERM" : "Ctrl-C") + " in epoch "), std::string::npos) << log;
        const std::size_t at = log.find("\nresume    ricci train lenet5 ");
        ASSERT_NE(at, std::string::npos) << log;
        const std::string command = log.substr(at + 11, log.find('\n', at + 1) - at - 11);
        EXPECT_TRUE(command.ends_with(" --resume " + folder)) << command;
        shell.output(command);
        EXPECT_EQ(weights(shell, "parted.json"), weights(shell, "whole.json"));
        EXPECT_EQ(ordered_json::parse(shell.get("parted.json"))["epochs"].size(), 2U) << "epochs before the signal count";
    }
}

TEST(Resume, WhatDiffersIsNamed) {
    const Shell shell;
    shell.output("ricci train lenet5 --images 64 --epochs 1 --checkpoint run");
    const std::string file = "run/step-000000001.safetensors";
    shell.output("ricci train lenet5 --images 64 --epochs 2 --resume run");
    EXPECT_TRUE(shell.has("run/step-000000002.safetensors")) << "it goes on writing where it came from";
    const auto error = [&](const std::string& options) { return shell.run("ricci train lenet5 --images 64 " + options).error; };
    EXPECT_EQ(error("--resume run --seed 2"), "ricci: run/step-000000002.safetensors was made with seed 1, but now it is 2\n");
    EXPECT_EQ(error("--checkpoint run"),
              "ricci: folder run has step-000000002.safetensors of another training; resume that one, or name a new folder\n");
    shell.expect_refused("ricci train lenet5 --every 3",
                         "option --every is for checkpoints, but no --checkpoint DIR says where they go");
    EXPECT_EQ(error("--resume absent"), "ricci: there is no folder or file absent to resume a training from\n");
    const std::string made = "ricci: run/step-000000002.safetensors was made with ";
    EXPECT_EQ(
        error("--resume run --augment shift"),
        made +
            "training data 64 samples of drawn digits, but now it is 64 samples of drawn digits, shifted by up to 2\n");
    EXPECT_EQ(error("--resume run --precision bf16"), made + "precision f32, but now it is bf16\n");
    EXPECT_EQ(error("--resume run --validation 0.25"),
              made + "training data 64 samples of drawn digits, but now it is 48 samples of drawn digits, the rest\n");
    EXPECT_TRUE(error("--resume run --average 0.9").starts_with(made + "optimizer sgd("))
        << error("--resume run --average 0.9");
    EXPECT_EQ(error("--resume run --keep-best"),
              made + "best weights not kept, but now it is kept\n");
    shell.output("ricci train lenet5 --images 64 --epochs 1 --keep-best --validation 0.25 --checkpoint best");
    EXPECT_TRUE(shell.run("ricci train lenet5 --images 64 --epochs 2 --keep-best --validation 0.5 --resume best")
                    .error.contains(" was made with test data of the best weights 16 samples of "));
    shell.output("ricci train lenet5 --images 64 --epochs 1 --save w");
    shell.expect_refused("ricci train lenet5 --images 64 --resume run --weights w",
                         "--weights w begins a training and --resume run goes on with one, with the weights of its "
                         "checkpoint; give one of them");
    EXPECT_EQ(error("--resume w"),
              "ricci: w is no checkpoint: it has weights, but no training_position; --weights begins a training "
              "with these, in C++ Parameters::load()\n");
    EXPECT_EQ(error("--resume " + file + " --dtype f64").find("ricci: " + file + " is of another model: tensor \"conv1.kernel\""), 0U);
}

TEST(Resume, ADropoutOfAnotherRateIsAnotherProgram) {
    const Shell shell;
    shell.put("noisy.ein", kNoisy);
    const std::string training = "ricci train noisy.ein --images 64 --epochs 1 ";
    shell.output(training + "--checkpoint run");
    shell.output(training + "--resume run --dropout 0.5");
    const std::string error = shell.run(training + "--resume run --dropout 0.3").error;
    EXPECT_TRUE(error.contains(" was made with another program: it had \"")) << error;
    EXPECT_TRUE(error.contains("random_bits")) << error;
}

TEST(Resume, WithoutAFolderASignalSaysThatNothingIsKept) {
    const Shell shell;
    const Ended ended = shell.run("'" RICCI_COMMAND
                                  "' train lenet5 --images 64 --epochs 1000000 >log &\n"
                                  "while ! grep -q '^epoch' log; do sleep 0.05; done\n"
                                  "kill -TERM $!\nwait $!");
    EXPECT_EQ(ended.status, 143) << ended.error;
    EXPECT_TRUE(shell.get("log").ends_with(
        "\nsaved     nothing; --checkpoint DIR keeps what a training needs to go on, --save FILE the weights\n"))
        << shell.get("log");
}

}  // namespace
}  // namespace ricci::test
