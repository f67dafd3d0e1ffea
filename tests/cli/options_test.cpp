/// \file tests/cli/options_test.cpp
/// What is typed wrongly is refused in one line that names it and what would do; nothing runs.
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/command.h"

namespace ricci::test {
namespace {

TEST(CommandLine, HelpListsEveryCommandAndEachExplainsItself) {
    const Shell shell;
    const std::string help = shell.output("ricci --help");
    EXPECT_EQ(shell.output("ricci"), help);
    EXPECT_EQ(shell.output("ricci bench --help"), help);
    for (const std::string command : {"train", "opt", "run", "bench step", "bench peers", "bench machine", "bench kernel",
                                      "bench choices", "bench compile", "data mnist"}) {
        EXPECT_NE(help.find("\n  " + command + " "), std::string::npos) << command;
        const std::string own = shell.output("ricci " + command + " --help");
        EXPECT_TRUE(own.starts_with("usage: ricci " + command)) << own;
        EXPECT_NE(own.find("\n  --help "), std::string::npos) << own;
    }
}

TEST(CommandLine, HelpGivesTheDefaultsThatAreUsed) {
    const std::string help = Shell().output("ricci train --help");
    EXPECT_NE(help.find("  --batch N               images a step (default 64)\n"), std::string::npos) << help;
    EXPECT_NE(help.find("  --schedule TEXT "), std::string::npos) << help;
}

TEST(CommandLine, VersionNamesWhatItIsMadeOfAndTheMachine) {
    const std::string text = Shell().output("ricci --version");
    EXPECT_TRUE(text.starts_with("ricci ")) << text;
    for (const std::string line : {"\nLLVM 19.", "\nBLAS: ", "\nCPU: ", "\nvectors: ", "\nthreads: "}) {
        EXPECT_NE(text.find(line), std::string::npos) << line << " in\n" << text;
    }
}

TEST(CommandLine, VersionAnswersWithoutABlasLibrary) {
    const std::string text = Shell().output("RICCI_BLAS=absent.so ricci --version");
    EXPECT_NE(text.find("\nBLAS: none: "), std::string::npos) << text;
}

TEST(CommandLine, UnknownNamesAreRefusedWithTheNearest) {
    const Shell shell;
    shell.expect_refused("ricci trian lenet5", "unknown command \"trian\"; did you mean train?");
    shell.expect_refused("ricci fly", "unknown command \"fly\"; see ricci --help");
    shell.expect_refused("ricci bench", "bench needs one of: step, conv, peers, net, machine, kernel, choices, compile, micro");
    shell.expect_refused("ricci bench stop", "bench needs one of: step, conv, peers, net, machine, kernel, choices, compile, micro");
    shell.expect_refused("ricci train lenet5 --epoch 3", "unknown option --epoch for train; did you mean --epochs?");
    shell.expect_refused("ricci train lenet5 --learn=1",
                         "unknown option --learn for train; did you mean --learning-rate?");
    shell.expect_refused("ricci train lenet5 --verbose", "unknown option --verbose for train; see ricci train --help");
    shell.expect_refused("ricci train lenet6", "no model \"lenet6\"; did you mean lenet5?");
    shell.expect_refused("ricci bench step lenet6", "no model \"lenet6\"; did you mean lenet5?");
    shell.expect_refused("ricci opt model:lenet6", "no model \"lenet6\"; did you mean lenet5?");
}

TEST(CommandLine, WordsAreCounted) {
    const Shell shell;
    shell.expect_refused("ricci train", "train needs MODEL|FILE.ein; see ricci train --help");
    shell.expect_refused("ricci train lenet5 mnist", "train does not take \"mnist\"; see ricci train --help");
    shell.expect_refused("ricci opt", "opt needs FILE.ein or model:NAME; see ricci opt --help");
    shell.expect_refused("ricci run", "run needs FILE.ein|model:NAME; see ricci run --help");
}

TEST(CommandLine, ValuesAreChecked) {
    const Shell shell;
    shell.expect_refused("ricci train lenet5 --epochs", "option --epochs needs a value: --epochs N");
    shell.expect_refused("ricci train lenet5 --epochs ten", "option --epochs: \"ten\" is not a whole number");
    shell.expect_refused("ricci train lenet5 --epochs=", "option --epochs: \"\" is not a whole number");
    shell.expect_refused("ricci train lenet5 --epochs 1.5", "option --epochs: \"1.5\" is not a whole number");
    shell.expect_refused("ricci train lenet5 --epochs 0", "option --epochs is 0; it is from 1 to 1000000000");
    shell.expect_refused("ricci train lenet5 --batch -3", "option --batch is -3; it is from 1 to 1000000000");
    shell.expect_refused("ricci train lenet5 --batch 99999999999999999999",
                         "option --batch is 99999999999999999999; it is from 1 to 1000000000");
    shell.expect_refused("ricci train lenet5 --threads 5000", "option --threads is 5000; it is from 0 to 4096");
    shell.expect_refused("ricci train lenet5 --learning-rate fast", "option --learning-rate: \"fast\" is not a number");
    shell.expect_refused("ricci train lenet5 --learning-rate nan", "option --learning-rate: \"nan\" is not a number");
    shell.expect_refused("ricci train lenet5 --learning-rate -1",
                         "option --learning-rate is -1; it is from 0 to 1e+38");
    shell.expect_refused("ricci train lenet5 --momentum 1", "option --momentum is 1; it is from 0 to 0.9999");
    shell.expect_refused("ricci train lenet5 --dtype f16", "option --dtype is \"f16\"; it is f32 or f64");
    for (const std::string tile :
         {"0", "4097", "-1", "16x", "on", " 3", "nan", "9223372036854775807", "9223372036854775808"}) {
        shell.expect_refused("ricci opt model:lenet5 --emit lowered --tile '" + tile + "'",
                             "tile is \"" + tile + "\"; it is auto, off or a number of samples from 1 to 4096");
    }
    shell.expect_refused("ricci train lenet5 --layout hwc", "option --layout is \"hwc\"; it is auto, keep, nchw or nhwc");
    shell.expect_refused("ricci opt model:lenet5 --emit=ptx",
                         "option --emit is \"ptx\"; it is model, step, lowered, kernels, loops, planned, llvm or asm");
    shell.expect_refused("ricci opt --list-ops=all", "option --list-ops takes no value, but \"all\" was given");
    shell.expect_refused("ricci bench step --images 10",
                         "--images 10 is less than one batch of 64; ask for more images");
}

/// A shell makes "" of a variable that is not set.
TEST(CommandLine, AnEmptyTextIsNoOptionLeftOut) {
    const Shell shell;
    const std::string end = " is \"\"; it is ";
    shell.expect_refused("ricci opt model:lenet5 --machine ''", "option --machine" + end + "FILE, or leave it out");
    shell.expect_refused("ricci opt model:lenet5 --machine=", "option --machine" + end + "FILE, or leave it out");
    shell.expect_refused("ricci opt model:lenet5 --tile ''", "option --tile" + end + "auto|off|N, or leave it out");
    shell.expect_refused("ricci opt model:lenet5 --passes ''", "option --passes" + end + "NAME,..., or leave it out");
    shell.expect_refused("ricci summary lenet5 --csv ''", "option --csv" + end + "FILE, or leave it out");
}

TEST(CommandLine, OptionsThatContradictEachOtherAreRefused) {
    const Shell shell;
    shell.expect_refused("ricci train lenet5 --save x --json x",
                         "--save and --json both name x; one would overwrite the other");
    shell.expect_refused("ricci train lenet5 --data mnist --images 100",
                         "option --images is for drawn images, but the data come from mnist");
}

TEST(CommandLine, AFullDiskBehindStandardOutputIsAnError) {
    const Ended ended = Shell().run("ricci opt --list-passes >/dev/full");
    EXPECT_EQ(ended.status, 2);
    EXPECT_EQ(ended.error, "ricci: cannot write to standard output: No space left on device\n");
}

}  // namespace
}  // namespace ricci::test
