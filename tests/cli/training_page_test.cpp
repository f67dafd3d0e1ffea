/// \file tests/cli/training_page_test.cpp
/// docs/training.md: its commands run, its text is trained, and its blocks of C++ stand in the examples.
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "tests/cli/command.h"

namespace ricci::test {
namespace {

/// The blocks of this language.
std::vector<std::string> blocks(const std::string& page, const std::string& language) {
    const std::string fence = "```" + language + "\n";
    std::vector<std::string> found;
    for (std::size_t at = page.find(fence); at != std::string::npos; at = page.find(fence, at)) {
        at += fence.size();
        const std::size_t end = page.find("```", at);
        found.push_back(page.substr(at, end - at));
        at = end + 3;
    }
    return found;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

/// Each line without the spaces in front of it.
std::string flat(const std::string& text) {
    std::string result;
    for (const std::string& line : lines_of(text)) result += line.substr(std::min(line.size(), line.find_first_not_of(' '))) + "\n";
    return result;
}

TEST(TrainingPage, ItsCommandsRun) {
    const std::string page = text_of_repository("docs/training.md");
    const Shell shell;
    ASSERT_EQ(blocks(page, "ein").size(), 1U);
    shell.put("mlp.ein", blocks(page, "ein")[0]);
    int commands = 0;
    for (const std::string& block : blocks(page, "sh")) {
        for (const std::string& line : lines_of(block)) {
            ASSERT_TRUE(line.starts_with("./ricci train ")) << line;
            shell.output(line.substr(2) + " --images 640");  // fewer than the page's, for time
            ++commands;
        }
    }
    EXPECT_EQ(commands, 4);
    EXPECT_TRUE(shell.has("mlp.safetensors"));
}

TEST(TrainingPage, ItsBlocksOfCppStandInExamples) {
    std::string examples;
    for (const char* file : {"examples/own_loop.cpp", "examples/fine_tuning.cpp"}) examples += flat(text_of_repository(file));
    const std::vector<std::string> all = blocks(text_of_repository("docs/training.md"), "cpp");
    EXPECT_EQ(all.size(), 2U);
    for (const std::string& block : all) EXPECT_NE(examples.find(flat(block)), std::string::npos) << block;
}

TEST(TrainingPage, ALoopOfOnesOwnHasTenLines) {
    const std::vector<std::string> lines = lines_of(text_of_repository("examples/own_loop.cpp"));
    int count = 0;
    bool inside = false;
    for (const std::string& line : lines) {
        if (line.find("// Here it ends.") != std::string::npos) inside = false;
        if (inside && line.find_first_not_of(' ') != std::string::npos) ++count;
        if (line.find("// The loop, in ten lines.") != std::string::npos) inside = true;
    }
    EXPECT_EQ(count, 10);
}

TEST(TrainingPage, EachOptionOfItsTableIsOne) {
    const std::string help = Shell().output("ricci train --help");
    const std::string page = text_of_repository("docs/training.md");
    for (std::size_t at = page.find("--"); at != std::string::npos; at = page.find("--", at + 2)) {
        std::size_t end = page.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at);
        const std::string option = page.substr(at, end - at);
        if (option.find_first_not_of('-') == std::string::npos || option == "--list-schedules") continue;
        EXPECT_NE(help.find("  " + option), std::string::npos) << option;
    }
}

}  // namespace
}  // namespace ricci::test
