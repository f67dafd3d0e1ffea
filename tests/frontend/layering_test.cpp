/// \file tests/frontend/layering_test.cpp
/// Reads every #include of the tree against the table of who may include whom.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/frontend/source_tree.h"

namespace ricci::test {
namespace {

/// What one folder may include: folders of this repository beside itself, and libraries beside the C++ standard's.
struct Rule {
    std::vector<std::string> own;        ///< prefixes of "quoted" includes
    std::vector<std::string> libraries;  ///< prefixes of <angled> includes
    bool operating_system = false;       ///< <unistd.h>, <sys/mman.h>, ...
};

const std::map<std::string, Rule>& table() {
    static const std::map<std::string, Rule> rules = {
        {"ir", {{}, {"fmt/"}}},
        {"passes", {{"ir/"}, {"fmt/"}}},
        {"runtime", {{"ir/base/"}, {"fmt/", "zlib.h", "nlohmann/"}, true}},
        {"codegen", {{"ir/", "runtime/"}, {"fmt/", "llvm/", "llvm-c/", "nlohmann/"}, true}},
        {"frontend",
         {{"ir/", "passes/", "runtime/", "codegen/"}, {"fmt/", "zlib.h", "nlohmann/", "CLI/", "ricci.h"}, true}},
    };
    return rules;
}

bool starts_with_any(std::string_view text, const std::vector<std::string>& prefixes) {
    return std::ranges::any_of(prefixes, [&](const std::string& prefix) { return text.starts_with(prefix); });
}

/// Why the file may not include the name, or "" when it may.
std::string broken_rule(const SourceFile& file, bool angled, const std::string& name) {
    const std::string folder = file.folder();
    const Rule& rule = table().at(folder);
    if (angled) {
        if (name.starts_with("llvm") && file.is_header()) return "no header includes LLVM";
        const bool is_operating_system = name.ends_with(".h") && (!name.contains('/') || name.starts_with("sys/"));
        const bool is_standard = !name.contains('/') && !name.contains('.');
        if (is_standard || starts_with_any(name, rule.libraries)) return "";
        if (is_operating_system && rule.operating_system) return "";
        return fmt::format("{}/ may use the standard library and [{}]", folder, fmt::join(rule.libraries, ", "));
    }
    if (name.starts_with(folder + "/") || starts_with_any(name, rule.own)) return "";
    if (!table().contains(name.substr(0, name.find('/')))) return "a path is written from the root of the repository";
    return fmt::format("{}/ may include itself and [{}]", folder, fmt::join(rule.own, ", "));
}

/// One line "file:line: include: rule" per include that breaks the table.
std::vector<std::string> violations(const SourceFile& file) {
    std::vector<std::string> found;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        const std::string_view include = directive(file.lines[i], "include");
        const std::size_t end = include.find_first_of(">\"", 1);
        if (end == std::string_view::npos) continue;
        const std::string name(include.substr(1, end - 1));
        const std::string rule = broken_rule(file, include.front() == '<', name);
        if (!rule.empty()) found.push_back(fmt::format("{}:{}: {}: {}", file.path, i + 1, name, rule));
    }
    return found;
}

std::vector<std::string> violations_of(const std::string& path, const std::string& line) {
    return violations({.path = path, .lines = {"/// A file.", line}});
}

TEST(Layering, EveryIncludeFollowsTheTable) {
    const std::vector<SourceFile> files = source_files({"ir", "passes", "runtime", "codegen", "frontend"});
    ASSERT_FALSE(files.empty());
    for (const SourceFile& file : files) {
        for (const std::string& violation : violations(file)) ADD_FAILURE() << violation;
    }
}

TEST(Layering, AnIncludeOfAHigherFolderIsNamedWithItsPlace) {
    EXPECT_EQ(violations_of("ir/core/graph.h", "#include \"passes/pass.h\""),
              std::vector<std::string>{"ir/core/graph.h:2: passes/pass.h: ir/ may include itself and []"});
    EXPECT_EQ(violations_of("passes/fusion/fuse.cpp", "#include \"runtime/arena.h\""),
              std::vector<std::string>{"passes/fusion/fuse.cpp:2: runtime/arena.h: passes/ may include itself and [ir/]"});
}

TEST(Layering, TheRuntimeSeesTheBaseOfTheIrOnly) {
    EXPECT_TRUE(violations_of("runtime/arena.h", "#include \"ir/base/error.h\"").empty());
    EXPECT_EQ(violations_of("runtime/arena.h", "#include \"ir/core/graph.h\""),
              std::vector<std::string>{"runtime/arena.h:2: ir/core/graph.h: runtime/ may include itself and [ir/base/]"});
}

TEST(Layering, LlvmIsSeenBySourcesOfCodegenOnly) {
    EXPECT_TRUE(violations_of("codegen/jit/jit.cpp", "#include <llvm/IR/Module.h>").empty());
    EXPECT_EQ(violations_of("codegen/jit/jit.h", "#include <llvm/IR/Module.h>"),
              std::vector<std::string>{"codegen/jit/jit.h:2: llvm/IR/Module.h: no header includes LLVM"});
    EXPECT_EQ(violations_of("passes/fusion/fuse.cpp", "#include <llvm/IR/Module.h>"),
              std::vector<std::string>{
                  "passes/fusion/fuse.cpp:2: llvm/IR/Module.h: passes/ may use the standard library and [fmt/]"});
}

TEST(Layering, TheIrAndThePassesDoNotKnowTheMachine) {
    EXPECT_FALSE(violations_of("ir/core/graph.cpp", "#include <unistd.h>").empty());
    EXPECT_FALSE(violations_of("passes/fusion/fuse.cpp", "#include <immintrin.h>").empty());
    EXPECT_TRUE(violations_of("runtime/arena.cpp", "#include <sys/mman.h>").empty());
}

TEST(Layering, AnIncludeIsWrittenFromTheRoot) {
    EXPECT_EQ(violations_of("ir/core/graph.cpp", "#  include \"graph.h\""),
              std::vector<std::string>{"ir/core/graph.cpp:2: graph.h: a path is written from the root of the repository"});
}

}  // namespace
}  // namespace ricci::test
