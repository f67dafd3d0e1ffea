/// \file tests/cli/numbers_test.cpp
/// Every option that takes a number, of every command: what is no number or out of range is refused in one line.
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/cli/command.h"

namespace ricci::test {
namespace {

/// A command, and words with which it ends at once when all its options are right, by an error that is not about them.
struct Command {
    std::string name, ending, reason;
};

const std::vector<Command> kCommands = {
    {"train", "lenet5 --data absent", "absent is not a folder"},
    {"eval", "lenet5", "lenet5 needs weights"},
    {"predict", "lenet5 0", "lenet5 needs weights"},
    {"summary", "absent", "no model \"absent\""},
    {"run", "absent.ein", "cannot open absent.ein"},
    {"bench step", "absent --batch 1", "no model \"absent\""},
    {"bench conv", "--direction absent", "option --direction is \"absent\""},
    {"bench peers", "--peers absent", "--peers absent: there is no measure.py"},
};

/// "--batch" and so on: those whose value is a number in the help.
std::vector<std::string> numeric_options(const Shell& shell, const std::string& command) {
    std::istringstream help(shell.output("ricci " + command + " --help"));
    const std::regex option("  (--[a-z-]+) (N|X|S)(\\[,N\\.\\.\\.\\])?( .*)?");
    std::vector<std::string> names;
    std::smatch found;
    for (std::string line; std::getline(help, line);) {
        if (std::regex_match(line, found, option)) names.push_back(found[1]);
    }
    return names;
}

TEST(Numbers, OfEveryOptionAreInTheirRangeOrRefusedInALine) {
    const Shell shell;
    std::size_t options = 0;
    for (const Command& command : kCommands) {
        for (const std::string& option : numeric_options(shell, command.name)) {
            ++options;
            int accepted = 0;
            for (const std::string value :
                 {"0", "1", "-1", "1000000000001", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
                  "nan", "inf", "1e400", "1e-400", "", " 3", "3x", "3 ", "0x3", "+3"}) {
                const bool images = command.name == "train" && option == "--images";  // of drawn digits only
                const bool checkpoints = option == "--every" || option == "--keep";  // with a folder for them only
                const Ended ended = shell.run("ricci " + command.name + " '" + option + "=" + value + "' " +
                                              (images ? "absent" : command.ending) + (checkpoints ? " --checkpoint kept" : ""));
                const std::string what = command.name + " " + option + "=" + value + ": " + ended.error;
                EXPECT_EQ(ended.status, 2) << what;
                EXPECT_EQ(std::ranges::count(ended.error, '\n'), 1) << what;
                if (ended.error.find(images ? "no model \"absent\"" : command.reason) != std::string::npos) {
                    ++accepted;
                    const bool any = option == "--seed" || option == "--learning-rate";
                    EXPECT_TRUE(any || value == "0" || value == "1" || value == "1e-400") << what;
                    continue;
                }
                EXPECT_TRUE(ended.error.starts_with("ricci: option " + option)) << what;
                EXPECT_TRUE(ended.error.find("; it is ") != std::string::npos ||
                            ended.error.find(" is not a ") != std::string::npos)
                    << what;
            }
            EXPECT_GE(accepted, 1) << command.name << " " << option;  // 1 is a value of each
        }
    }
    EXPECT_EQ(options, 43U);
}

TEST(Numbers, AtTheirLimitsWork) {
    const Shell shell;
    shell.put("x.ein", "ricci 1 model m\ninput x: f32[feature 3]\ny[f] = 2 * x[f]\noutput y\n");
    for (const std::string line : {"run x.ein --batch 1000000000", "run x.ein --seed 9223372036854775807",
                                    "run x.ein --threads 1", "train lenet5 --images 40 --epochs 1 --batch 1000000000",
                                    "train lenet5 --images 40 --epochs 1 --seed 9223372036854775807",
                                    "train lenet5 --images 40 --epochs 1 --learning-rate 0 --momentum 0.9999"}) {
        shell.output("ricci " + std::string(line));
    }
}

}  // namespace
}  // namespace ricci::test
