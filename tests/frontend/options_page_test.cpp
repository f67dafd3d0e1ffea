// docs/scheduling.md names each option that decides how a program runs, or shows it.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/frontend/source_tree.h"

namespace ricci::test {
namespace {

/// Each "--name" that a line of the file begins a string with, but in messages.
std::vector<std::string> options_of(const std::string& path) {
    std::vector<std::string> options;
    for (const std::string& line : source_file(path).lines) {
        for (std::size_t at = line.find("\"--"); at != std::string::npos; at = line.find("\"--", at + 1)) {
            const std::size_t end = line.find('"', at + 1);
            const std::string word = line.substr(at + 1, end - at - 1);
            if (!word.contains(' ')) options.push_back(word);
        }
    }
    return options;
}

TEST(OptionsPage, NamesEachOptionOfCompilingAndOfOpt) {
    const std::vector<std::string> page = source_file("docs/scheduling.md").lines;
    for (const char* path : {"frontend/cli/source.cpp", "frontend/cli/opt.cpp"}) {
        const std::vector<std::string> options = options_of(path);
        EXPECT_GT(options.size(), 5U) << path;
        for (const std::string& option : options) {
            const bool described = std::ranges::any_of(page, [&](std::string_view line) {
                return line.starts_with("| `--") && line.contains("`" + option + "`");
            });
            EXPECT_TRUE(described) << path << ": " << option << " has no row in docs/scheduling.md";
        }
    }
}

}  // namespace
}  // namespace ricci::test
