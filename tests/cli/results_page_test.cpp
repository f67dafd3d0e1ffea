/// \file tests/cli/results_page_test.cpp
/// docs/results.md: its commands run, with little data and one epoch.
#include <gtest/gtest.h>

#include <regex>
#include <sstream>
#include <string>

#include "tests/cli/command.h"

namespace ricci::test {
namespace {

TEST(ResultsPage, ItsCommandsRun) {
    const Shell shell;
    const std::string readme = text_of_repository("README.md");
    std::istringstream page(text_of_repository("docs/results.md"));
    bool inside = false;
    int commands = 0;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("```")) inside = line == "```sh";
        if (!inside || line.starts_with("```")) continue;
        ++commands;
        if (line == "cat README.md docs/*.md docs/lessons/*.md > docs.txt") {
            shell.put("docs.txt", readme.substr(0, 4000));
            continue;
        }
        ASSERT_TRUE(line.starts_with("./ricci ")) << line;
        line = std::regex_replace(line.substr(2), std::regex("--data mnist"), "--images 700");
        line = std::regex_replace(line, std::regex("--images [0-9]+"), "--images 700");
        shell.output(std::regex_replace(line, std::regex("--epochs [0-9]+"), "--epochs 1"));
    }
    EXPECT_GE(commands, 5);
    EXPECT_EQ(shell.get("coder.svg").substr(0, 5), text_of_repository("docs/pictures/autoencoder.svg").substr(0, 5));
}

}  // namespace
}  // namespace ricci::test
