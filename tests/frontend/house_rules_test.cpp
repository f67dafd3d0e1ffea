/// \file tests/frontend/house_rules_test.cpp
/// The rules of CONTRIBUTING.md that a program can check, over every C++ file of the repository.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/frontend/source_tree.h"

namespace ricci::test {
namespace {

std::vector<SourceFile> all_files() {
    return source_files({"ir", "passes", "runtime", "codegen", "frontend", "tests", "bench", "examples"});
}

TEST(HouseRules, NoFileIsLongerThanSixHundredLines) {
    for (const SourceFile& file : all_files()) {
        EXPECT_LE(file.lines.size(), 600U) << file.path << ": cut it where it does two things";
    }
}

TEST(HouseRules, EveryFolderWithSourcesSaysWhatLivesThere) {
    const std::vector<std::string> folders = {"bench", "codegen", "examples", "frontend", "ir", "passes", "runtime", "tests"};
    // The folders of the first level have rows in CONTRIBUTING.md.
    std::set<std::string> rows(folders.begin(), folders.end());
    for (const char* needed : {"bench", "examples"}) rows.erase(needed);
    std::set<std::string> looked_at;
    std::set<std::vector<std::string>> texts;
    for (const SourceFile& file : files_ending_in({".h", ".cpp", ".inl", ".py", ".sh", ".cmake"}, folders)) {
        const std::string folder = file.path.substr(0, file.path.rfind('/'));
        if (rows.contains(folder) || !looked_at.insert(folder).second) continue;
        const SourceFile readme = source_file(folder + "/README.md");
        ASSERT_FALSE(readme.lines.empty()) << folder << ": give it a README.md: what lives there, and what does not";
        EXPECT_LE(readme.lines.size(), 30U) << folder << "/README.md: a few lines";
        const std::vector<std::string> text(readme.lines.begin() + 1, readme.lines.end());
        EXPECT_TRUE(texts.insert(text).second) << folder << "/README.md says what another one says";
    }
    EXPECT_GT(looked_at.size(), 60U);
}

TEST(HouseRules, EveryFileOpensWithAComment) {
    for (const SourceFile& file : all_files()) {
        ASSERT_FALSE(file.lines.empty()) << file.path;
        EXPECT_TRUE(file.lines[0].starts_with("//")) << file.path << ":1: say in a sentence what the file is for";
    }
}

TEST(HouseRules, EveryHeaderIsIncludedOnce) {
    for (const SourceFile& file : all_files()) {
        const bool guarded = std::ranges::find(file.lines, "#pragma once") != file.lines.end();
        EXPECT_EQ(guarded, file.is_header()) << file.path << ": #pragma once belongs in headers, and in each";
    }
}

/// Whether commands.h has a command that is called as the file is, "train" or "data_mnist" of data.cpp.
bool is_command(const std::string& path) {
    const std::string folder = "frontend/cli/";
    if (!path.starts_with(folder)) return false;
    const std::size_t first = path.rfind('/') + 1;
    const std::string name = "int " + path.substr(first, path.rfind('.') - first);
    for (const SourceFile& file : source_files({"frontend/cli"})) {
        if (file.path != folder + "commands.h") continue;
        return std::ranges::any_of(file.lines, [&](const std::string& line) {
            return line.starts_with(name + "(") || line.starts_with(name + "_");
        });
    }
    return false;
}

/// Why a source has no header of its own, or "" when it must have one.
std::string_view reason_for_no_header(const std::string& path) {
    if (path == "frontend/cli/main.cpp") return "the main file";
    if (path.starts_with("ir/ops/entries/")) return "entries.h lists what the entries add";
    if (is_command(path)) return "commands.h lists the commands";
    const std::string folder = "runtime/call/convolution/";
    for (const char* set : {"avx2", "avx512", "avx512_bf16", "baseline"}) {
        if (path == folder + set + ".cpp") return "the same code, compiled for an instruction set";
    }
    return "";
}

TEST(HouseRules, EverySourceHasItsOwnHeader) {
    std::set<std::string> headers;
    for (const SourceFile& file : all_files()) {
        if (file.is_header()) headers.insert(file.path);
    }
    for (const SourceFile& file : source_files({"ir", "passes", "runtime", "codegen", "frontend"})) {
        if (file.is_header()) continue;
        const std::string stem = file.path.substr(0, file.path.rfind('.'));
        // What users include lies apart from its source.
        const std::string installed = "frontend/include/ricci" + stem.substr(stem.rfind('/'));
        const bool beside = headers.contains(stem + ".h");
        const bool found = beside || (file.path.starts_with("frontend/") && headers.contains(installed + ".h"));
        if (!beside && !reason_for_no_header(file.path).empty()) continue;
        EXPECT_TRUE(found) << file.path << ": give it a header of its own: a file is found by its name";
        if (!found) continue;
        const std::string own = beside ? stem + ".h" : "ricci" + stem.substr(stem.rfind('/')) + ".h";
        const auto is_include = [](const std::string& line) { return !directive(line, "include").empty(); };
        const auto first = std::ranges::find_if(file.lines, is_include);
        ASSERT_NE(first, file.lines.end()) << file.path;
        EXPECT_EQ(*first, "#include \"" + own + "\"") << file.path << ": its own header comes first";
    }
}

/// Why a file of ir/ or passes/ may declare `run`, or "" when it may not.
std::string_view reason_for_run(const std::string& path) {
    if (path == "passes/pipeline.h") return "a pass is a function, which Pass::run points at";
    return "";
}

/// Whether the line declares a function, or a pointer to one, of that name. A call has an operator, a bracket or
/// `return` before the name.
bool declares(const std::string& line, const std::string& name) {
    static const std::set<std::string> kNoTypes = {"return", "co_return", "throw", "else", "case"};
    if (line.contains("(*" + name + ")(")) return true;
    const std::size_t at = line.find(name + "(");
    if (at == std::string::npos || at < 2) return false;
    std::string before = line.substr(0, at);
    if (before.ends_with("::")) before = before.substr(0, before.rfind(' ') + 1);
    if (!before.ends_with(' ') && !before.ends_with('&') && !before.ends_with('*')) return false;
    before.resize(before.find_last_not_of(' ') + 1);
    if (before.empty() || before.starts_with("//")) return false;
    const bool type = std::isalnum(static_cast<unsigned char>(before.back())) != 0 || before.ends_with('>') ||
                      before.ends_with('&') || before.ends_with('*');
    return type && !before.ends_with("&&") && !kNoTypes.contains(before.substr(before.find_last_of(" (") + 1)) &&
           !before.contains('=') && !before.contains("//");
}

TEST(HouseRules, ADeclarationIsToldFromACall) {
    for (const char* line : {"    Graph run();", "Graph Grouping::run(bool join) {", "    std::vector<Equation> run() {",
                             "    ir::Graph (*run)(const ir::Graph&);", "std::string run(const Names& names) {"}) {
        EXPECT_TRUE(declares(line, "run")) << line;
    }
    for (const char* line : {"    return run(pass, graph);", "    return Joining(graph).run();", "    state.run(equation);",
                             "    run(result);", "    next = run(pass, next);", "    /// like run() of a program", "    rerun(x);"}) {
        EXPECT_FALSE(declares(line, "run")) << line;
    }
}

TEST(HouseRules, RunIsForProgramsFunctionsKernelsAndCommands) {
    for (const SourceFile& file : source_files({"ir", "passes"})) {
        if (!reason_for_run(file.path).empty()) continue;
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            EXPECT_FALSE(declares(file.lines[i], "run"))
                << file.path << ":" << i + 1 << ": nothing runs here: say what it does, plan() or parse()";
        }
    }
}

TEST(HouseRules, NoMacroButRicciCheckAndTheListsOfFunctionsAndRoutines) {
    for (const SourceFile& file : source_files({"ir", "passes", "runtime", "codegen", "frontend"})) {
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            const std::string_view macro = directive(file.lines[i], "define");
            const bool list = macro.starts_with("RICCI_SCALAR_") || macro.starts_with("RICCI_CONVOLUTION_");
            EXPECT_TRUE(macro.empty() || macro.starts_with("RICCI_CHECK(") || list)
                << file.path << ":" << i + 1 << ": write a function or a constant, not " << macro;
        }
    }
}

}  // namespace
}  // namespace ricci::test
