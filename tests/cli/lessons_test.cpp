/// \file tests/cli/lessons_test.cpp
/// docs/lessons/: every text is read and every command prints what the lesson says it prints.
///
/// A block of `ein` is a file that is called as its graph. A block of `console` has commands behind "$ ", each with its
/// output. A line "..." stands for any lines.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "tests/cli/command.h"

namespace ricci::test {
namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const std::string& text) {
    std::istringstream stream(text);
    Lines lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

/// Whether the output is as it is expected, from these lines on.
bool matches(const Lines& expected, std::size_t at, const Lines& got, std::size_t from) {
    if (at == expected.size()) return from == got.size();
    if (expected[at] == "...") {
        for (std::size_t next = from; next <= got.size(); ++next) {
            if (matches(expected, at + 1, got, next)) return true;
        }
        return false;
    }
    return from < got.size() && got[from] == expected[at] && matches(expected, at + 1, got, from + 1);
}

struct Block {
    std::string language;
    Lines lines{};
};

std::vector<Block> blocks_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::vector<Block> blocks;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("```")) {
            if (!inside) blocks.push_back({line.substr(3)});
            inside = !inside;
        } else if (inside) {
            blocks.back().lines.push_back(line);
        }
    }
    return blocks;
}

/// Runs the commands of a block one by one.
void check_console(const Shell& shell, const Lines& lines) {
    for (std::size_t i = 0; i < lines.size();) {
        ASSERT_TRUE(lines[i].starts_with("$ ")) << lines[i];
        const std::string command = lines[i].substr(2);
        Lines expected;
        for (++i; i < lines.size() && !lines[i].starts_with("$ "); ++i) expected.push_back(lines[i]);
        const Ended ended = shell.run(command);
        const std::string printed = ended.out + ended.error;
        EXPECT_TRUE(matches(expected, 0, lines_of(printed), 0)) << "$ " << command << "\n" << printed;
    }
}

/// The pages, in order of their numbers.
std::vector<std::filesystem::path> lessons() {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(std::string(RICCI_SOURCE_DIR) + "/docs/lessons")) {
        if (entry.path().extension() == ".md" && entry.path().filename() != "README.md") paths.push_back(entry.path());
    }
    std::ranges::sort(paths);
    return paths;
}

TEST(Lessons, PrintWhatTheySay) {
    EXPECT_GE(lessons().size(), 7U);
    for (const std::filesystem::path& path : lessons()) {
        SCOPED_TRACE(path.filename().string());
        const Shell shell;
        int commands = 0;
        for (const Block& block : blocks_of(path)) {
            if (block.language == "ein") {
                std::string text;
                for (const std::string& line : block.lines) text += line + "\n";
                std::istringstream words(block.lines.at(0));
                std::string ricci, version, stage, name;
                words >> ricci >> version >> stage >> name;
                ASSERT_FALSE(name.empty()) << "a text needs a name: " << block.lines[0];
                shell.put(name + ".ein", text);
            } else if (block.language == "console") {
                ++commands;
                check_console(shell, block.lines);
            }
        }
        EXPECT_GE(commands, 1);
    }
}

TEST(Lessons, TheTextsOfTheReadmeRunAsTheInterpreterRunsThem) {
    const Shell shell;
    int texts = 0;
    for (const Block& block : blocks_of(RICCI_SOURCE_DIR "/README.md")) {
        if (block.language != "ein") continue;
        std::string text;
        for (const std::string& line : block.lines) text += line + "\n";
        shell.put("text.ein", text);
        EXPECT_NE(shell.output("ricci run text.ein --check").find("check: machine code and interpreter agree"), std::string::npos);
        ++texts;
    }
    EXPECT_GE(texts, 1);
}

TEST(Lessons, AreListedInTheirReadme) {
    std::ifstream file(std::string(RICCI_SOURCE_DIR) + "/docs/lessons/README.md");
    const std::string readme{std::istreambuf_iterator<char>(file), {}};
    for (const std::filesystem::path& path : lessons()) {
        EXPECT_NE(readme.find(fmt::format("({})", path.filename().string())), std::string::npos) << path;
    }
}

/// Lines without the spaces in front of them.
std::string stripped(const Lines& lines) {
    std::string text;
    for (const std::string& line : lines) {
        const std::size_t begin = line.find_first_not_of(' ');
        if (begin != std::string::npos) text += line.substr(begin) + "\n";
    }
    return text;
}

TEST(Lessons, TheirCodeIsThatOfAProgramThatRuns) {
    std::string all;  // examples run as tests, and what is in tests/ too
    for (const char* folder : {"/examples", "/tests/frontend"}) {
        for (const auto& entry : std::filesystem::directory_iterator(std::string(RICCI_SOURCE_DIR) + folder)) {
            if (entry.path().extension() != ".cpp") continue;
            std::ifstream file(entry.path());
            all += stripped(lines_of({std::istreambuf_iterator<char>(file), {}}));
        }
    }
    std::vector<std::filesystem::path> pages = lessons();
    pages.emplace_back(std::string(RICCI_SOURCE_DIR) + "/docs/pytorch.md");
    int blocks = 0;
    for (const std::filesystem::path& path : pages) {
        for (const Block& block : blocks_of(path)) {
            if (block.language != "cpp") continue;
            ++blocks;
            EXPECT_NE(all.find(stripped(block.lines)), std::string::npos)
                << path.filename() << ": no program of examples/ or tests/frontend/ has\n" << stripped(block.lines);
        }
    }
    EXPECT_GE(blocks, 3);
}

}  // namespace
}  // namespace ricci::test
