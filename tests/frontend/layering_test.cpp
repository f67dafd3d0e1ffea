/// \file tests/frontend/layering_test.cpp
/// Reads every #include of the tree against the table of who may include whom.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
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

/// The rule of a folder covers its sub-folders, unless they have one. A folder may always include itself.
const std::map<std::string, Rule>& table() {
    const std::vector<std::string> fmt = {"fmt/"};
    const std::vector<std::string> llvm = {"fmt/", "llvm/", "llvm-c/"};
    static const std::map<std::string, Rule> rules = {
        {"ir/base", {{"ricci/error.h", "ricci/dtype.h", "ricci/extent.h"}, fmt}},
        {"ir/core", {{"ir/base/", "ricci/kind.h", "ricci/number.h", "ricci/scalar_functions.h", "ricci/type.h"}, fmt}},
        {"ir/surface", {{"ir/base/", "ir/core/"}, fmt}},
        {"ir/analysis", {{"ir/base/", "ir/core/"}, fmt}},
        {"ir/loops", {{"ir/base/", "ir/core/", "ir/analysis/"}, fmt}},
        {"ir/print", {{"ir/base/", "ir/core/", "ir/analysis/", "ir/loops/"}, fmt}},
        {"ir/ops", {{"ir/base/", "ir/core/", "ir/surface/"}, fmt}},
        {"ir/elaborate", {{"ir/base/", "ir/core/", "ir/surface/", "ir/analysis/", "ir/ops/"}, fmt}},
        {"ir/ops/call", {{"ir/base/", "ir/core/", "ir/surface/", "ir/ops/", "ir/elaborate/"}, fmt}},
        {"ir/interpret", {{"ir/base/", "ir/core/", "ir/analysis/"}, fmt}},
        {"ir/verify", {{"ir/base/", "ir/core/", "ir/surface/", "ir/analysis/", "ir/loops/", "ir/print/"}, fmt}},
        {"ir/text",
         {{"ir/base/", "ir/core/", "ir/surface/", "ir/elaborate/", "ir/ops/", "ir/ops/call/",
           "ir/verify/"},
          fmt}},

        {"passes", {{"ir/", "ricci/choices.h"}, fmt}},
        {"passes/cleanup", {{"ir/base/", "ir/core/", "ir/analysis/", "passes/pass.h", "passes/build.h"}, fmt}},
        {"passes/gradient",
         {{"ir/base/", "ir/core/", "ir/surface/", "ir/elaborate/", "ir/analysis/", "ir/ops/", "passes/pass.h", "passes/build.h",
           "passes/cleanup/"},
          fmt}},
        {"passes/layout",
         {{"ir/base/", "ir/core/", "ir/analysis/", "passes/pass.h", "passes/build.h", "passes/convolution/",
           "passes/products/"},
          fmt}},
        {"passes/products", {{"ir/base/", "ir/core/", "ir/analysis/", "passes/pass.h", "passes/build.h"}, fmt}},
        {"passes/tiles", {{"ir/base/", "ir/core/", "ir/analysis/", "passes/pass.h", "passes/build.h"}, fmt}},
        {"passes/convolution",
         {{"ir/base/", "ir/core/", "ir/analysis/", "ir/ops/", "passes/pass.h", "passes/build.h", "passes/products/",
           "passes/tiles/"},
          fmt}},
        {"passes/batch",
         {{"ir/base/", "ir/core/", "ir/verify/", "passes/pass.h", "passes/convolution/", "passes/layout/", "passes/tiles/"},
          fmt}},
        {"passes/cost",
         {{"ir/base/", "ir/core/", "ir/analysis/", "passes/pass.h", "passes/convolution/", "passes/products/"}, fmt}},
        {"passes/fusion",
         {{"ir/base/", "ir/core/", "ir/analysis/", "passes/pass.h", "passes/build.h", "passes/cost/", "passes/products/"},
          fmt}},
        {"passes/loops",
         {{"ir/base/", "ir/core/", "ir/analysis/", "ir/loops/", "passes/pass.h", "passes/machine.h"}, fmt}},
        {"passes/precision",
         {{"ir/base/", "ir/core/", "ir/analysis/", "passes/pass.h", "passes/convolution/", "passes/products/"}, fmt}},
        {"passes/memory",
         {{"ir/base/", "ir/core/", "ir/analysis/", "ir/loops/", "passes/pass.h", "passes/build.h", "passes/fusion/", "passes/loops/"},
          fmt}},
        {"passes/check", {{"ir/base/", "ir/core/", "ir/interpret/", "passes/pass.h"}, fmt}},

        {"runtime/base", {{"ir/base/"}, fmt, true}},
        {"runtime/file", {{"ir/base/", "runtime/base/"}, {"fmt/", "zlib.h", "nlohmann/"}, true}},
        {"runtime/parallel", {{"ir/base/", "runtime/base/"}, fmt, true}},
        {"runtime/call/convolution", {{"ir/base/", "runtime/base/"}, fmt, true}},
        {"runtime/call/bf16", {{"ir/base/", "runtime/base/", "runtime/call/gemm.h", "runtime/call/gemm_blocks.h"}, fmt, true}},
        {"runtime/call", {{"ir/base/", "runtime/base/", "runtime/call/convolution/", "runtime/call/bf16/"}, fmt, true}},
        {"runtime/data",
         {{"ir/base/", "runtime/base/", "runtime/file/", "runtime/parallel/", "ricci/dataset.h"},
          {"fmt/", "png.h", "zlib.h"},
          true}},
        {"runtime/execute", {{"ir/base/", "runtime/base/", "runtime/call/", "runtime/parallel/"}, fmt, true}},

        {"codegen/math", {{"ir/base/"}, llvm}},
        {"codegen/jit", {{"ir/base/", "runtime/base/", "runtime/file/"}, llvm, true}},
        {"codegen/emit", {{"ir/", "runtime/", "codegen/jit/", "codegen/math/"}, llvm}},
        {"codegen/search",
         {{"ir/", "runtime/", "codegen/emit/", "codegen/jit/"}, {"fmt/", "llvm/", "nlohmann/"}, true}},
        {"codegen", {{"ir/", "runtime/", "codegen/emit/", "codegen/jit/", "codegen/search/"}, llvm, true}},

        {"frontend/include", {{"ricci/"}, fmt}},
        {"frontend/include/ricci", {{"ricci/"}, fmt}},
        {"frontend/model", {{"ir/", "runtime/base/", "runtime/file/", "runtime/parallel/", "ricci/"}, fmt, true}},
        {"frontend/notation", {{"ir/", "frontend/model/", "ricci/"}, fmt}},
        {"frontend/layers", {{"ir/", "frontend/model/", "ricci/"}, fmt}},
        {"frontend/lecture", {{"ir/base/", "passes/", "ricci/"}, fmt}},
        {"frontend/models", {{"ir/base/", "ricci/"}, fmt}},
        {"frontend/plot", {{"ir/base/", "runtime/base/", "runtime/file/", "ricci/"}, {"fmt/", "zlib.h"}}},
        {"frontend/data", {{"ir/", "runtime/", "frontend/model/", "frontend/program/", "ricci/"}, fmt, true}},
        {"frontend/program", {{"ir/", "passes/", "codegen/", "runtime/", "frontend/model/", "ricci/"}, fmt, true}},
        {"frontend/train",
         {{"ir/", "runtime/", "frontend/model/", "frontend/program/", "frontend/data/", "ricci/"},
          {"fmt/", "nlohmann/"},
          true}},
        {"frontend/cli",
         {{"ir/", "passes/", "runtime/", "codegen/", "frontend/", "ricci/"},
          {"fmt/", "zlib.h", "nlohmann/", "CLI/", "ricci.h"},
          true}},
        {"frontend/cli/train", {{"ir/", "passes/pass.h", "runtime/", "frontend/", "ricci/"}, {"fmt/", "nlohmann/"}, true}},
        {"frontend/cli/bench",
         {{"ir/", "passes/", "runtime/", "codegen/", "frontend/", "ricci/"}, {"fmt/", "nlohmann/"}, true}},
    };
    return rules;
}

/// The rule of the nearest folder around a file, and that folder's name.
std::pair<std::string, const Rule*> rule_of(const std::string& path) {
    for (std::size_t end = path.rfind('/'); end != std::string::npos && end > 0; end = path.rfind('/', end - 1)) {
        auto found = table().find(path.substr(0, end));
        if (found != table().end()) return {found->first, &found->second};
    }
    return {path, nullptr};
}

const std::vector<std::string> kFolders = {"ir", "passes", "runtime", "codegen", "frontend"};

bool starts_with_any(std::string_view text, const std::vector<std::string>& prefixes) {
    return std::ranges::any_of(prefixes, [&](const std::string& prefix) { return text.starts_with(prefix); });
}

/// Whether an included file is what a rule names. A rule names a file, a top-level folder with all below, or another
/// folder. Of that, sub-folders with rules of their own are left out.
bool is_of(const std::string& own, const std::string& name) {
    if (!own.ends_with('/')) return name == own;
    return std::ranges::count(own, '/') == 1 ? name.starts_with(own) : rule_of(name).first + "/" == own;
}

/// Why the file may not include the name, or "" when it may.
std::string broken_rule(const SourceFile& file, bool angled, const std::string& name) {
    const auto [folder, found] = rule_of(file.path);
    if (found == nullptr) return "its folder is not in the table of this test";
    const Rule& rule = *found;
    if (angled) {
        if (name.starts_with("llvm") && file.is_header()) return "no header includes LLVM";
        const bool is_operating_system = name.ends_with(".h") && (!name.contains('/') || name.starts_with("sys/"));
        const bool is_standard = !name.contains('/') && !name.contains('.');
        if (is_standard || starts_with_any(name, rule.libraries)) return "";
        if (is_operating_system && rule.operating_system) return "";
        return fmt::format("{} may use the standard library and [{}]", folder, fmt::join(rule.libraries, ", "));
    }
    if (is_of(folder + "/", name) || std::ranges::any_of(rule.own, [&](const auto& own) { return is_of(own, name); }))
        return "";
    const bool from_root = std::ranges::any_of(kFolders, [&](const std::string& top) { return name.starts_with(top + "/"); });
    if (!from_root) return "a path is written from the root of the repository";
    return fmt::format("{} may include itself and [{}]", folder, fmt::join(rule.own, ", "));
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

/// By name, what each includes of the same set.
using Includes = std::map<std::string, std::set<std::string>>;

/// Of files; or of modules, "codegen/emit/lanes", which are a header and its source.
Includes includes_of(const std::vector<SourceFile>& files, bool of_modules) {
    const auto named = [&](const std::string& path) { return of_modules ? path.substr(0, path.rfind('.')) : path; };
    Includes includes;
    for (const SourceFile& file : files) {
        std::set<std::string>& of_file = includes[named(file.path)];
        for (const std::string& line : file.lines) {
            std::string_view name = directive(line, "include");
            if (name.size() < 2 || name.front() != '"') continue;
            name = name.substr(1, name.find('"', 1) - 1);
            const std::string path = (name.starts_with("ricci/") ? "frontend/include/" : "") + std::string(name);
            if (named(path) != named(file.path)) of_file.insert(named(path));
        }
    }
    return includes;
}

/// The floor of each name: 1 where it includes no other, else 1 above the highest of these.
class Floors {
  public:
    explicit Floors(const Includes& includes) : includes_(includes) {
        for (const auto& [name, below] : includes) highest_ = std::max(highest_, floor_of(name));
    }
    int highest() const { return highest_; }
    /// A name that includes itself through others, or "".
    const std::string& circle() const { return circle_; }

  private:
    int floor_of(const std::string& name) {
        const auto found = includes_.find(name);
        if (found == includes_.end()) return 0;  // of another folder
        const auto [place, is_new] = floors_.try_emplace(name, 0);
        if (!is_new) {
            if (place->second == 0) circle_ = name;
            return place->second;
        }
        int below = 0;
        for (const std::string& included : found->second) below = std::max(below, floor_of(included));
        return floors_[name] = below + 1;
    }

    const Includes& includes_;
    std::map<std::string, int> floors_;  // 0 while those below are looked at
    int highest_ = 0;
    std::string circle_;
};

TEST(Layering, NoFileIncludesItselfThroughOthers) {
    const Includes files = includes_of(source_files(kFolders), false);
    EXPECT_EQ(Floors(files).circle(), "");
    const Includes round = {{"a", {"b"}}, {"b", {"c"}}, {"c", {"a"}}};
    EXPECT_EQ(Floors(round).circle(), "a");
}

// Fewer floors are easier to read: what the plans decided is not asked for again while LLVM is written.
TEST(Layering, CodegenHasSevenFloorsAtTheMost) {
    const Includes modules = includes_of(source_files({"codegen"}), true);
    EXPECT_GT(modules.size(), 20U);
    EXPECT_LE(Floors(modules).highest(), 7);
}

TEST(Layering, EachFolderOfCodegenHasSevenFloorsAtTheMost) {
    for (const char* folder : {"codegen/emit", "codegen/jit", "codegen/math", "codegen/search"}) {
        const Includes modules = includes_of(source_files({folder}), true);
        EXPECT_GT(modules.size(), 1U) << folder;
        EXPECT_LE(Floors(modules).highest(), 7) << folder;
    }
}

TEST(Layering, EveryIncludeFollowsTheTable) {
    const std::vector<SourceFile> files = source_files(kFolders);
    ASSERT_FALSE(files.empty());
    for (const SourceFile& file : files) {
        for (const std::string& violation : violations(file)) ADD_FAILURE() << violation;
    }
}

TEST(Layering, AnIncludeOfAHigherFolderIsNamedWithItsPlace) {
    EXPECT_EQ(violations_of("ir/core/graph.h", "#include \"passes/pass.h\""),
              std::vector<std::string>{"ir/core/graph.h:2: passes/pass.h: ir/core may include itself and [ir/base/, "
                                       "ricci/kind.h, ricci/number.h, ricci/scalar_functions.h, ricci/type.h]"});
    EXPECT_EQ(violations_of("ir/ops/table.cpp", "#include \"ir/ops/call/match.h\""),
              std::vector<std::string>{"ir/ops/table.cpp:2: ir/ops/call/match.h: ir/ops may include itself and [ir/base/, "
                                       "ir/core/, ir/surface/]"});
    EXPECT_EQ(violations_of("passes/check/a.cpp", "#include \"runtime/base/arena.h\""),
              std::vector<std::string>{"passes/check/a.cpp:2: runtime/base/arena.h: passes/check may include itself and "
                                       "[ir/base/, ir/core/, ir/interpret/, passes/pass.h]"});
}

TEST(Layering, AFolderWithoutARuleIsNamed) {
    EXPECT_EQ(violations_of("runtime/arena.h", "#include \"ir/base/error.h\""),
              std::vector<std::string>{"runtime/arena.h:2: ir/base/error.h: its folder is not in the table of this test"});
}

TEST(Layering, TheRuntimeSeesTheBaseOfTheIrOnly) {
    EXPECT_TRUE(violations_of("runtime/base/arena.h", "#include \"ir/base/error.h\"").empty());
    EXPECT_EQ(violations_of("runtime/base/arena.h", "#include \"ir/core/graph.h\""),
              std::vector<std::string>{
                  "runtime/base/arena.h:2: ir/core/graph.h: runtime/base may include itself and [ir/base/]"});
}

TEST(Layering, LlvmIsSeenBySourcesOfCodegenOnly) {
    EXPECT_TRUE(violations_of("codegen/jit/jit.cpp", "#include <llvm/IR/Module.h>").empty());
    EXPECT_EQ(violations_of("codegen/jit/jit.h", "#include <llvm/IR/Module.h>"),
              std::vector<std::string>{"codegen/jit/jit.h:2: llvm/IR/Module.h: no header includes LLVM"});
    EXPECT_EQ(violations_of("passes/fusion/fuse.cpp", "#include <llvm/IR/Module.h>"),
              std::vector<std::string>{
                  "passes/fusion/fuse.cpp:2: llvm/IR/Module.h: passes/fusion may use the standard library and [fmt/]"});
}

TEST(Layering, TheIrAndThePassesDoNotKnowTheMachine) {
    EXPECT_FALSE(violations_of("ir/core/graph.cpp", "#include <unistd.h>").empty());
    EXPECT_FALSE(violations_of("passes/fusion/fuse.cpp", "#include <immintrin.h>").empty());
    EXPECT_TRUE(violations_of("runtime/base/arena.cpp", "#include <sys/mman.h>").empty());
}

TEST(Layering, AnIncludeIsWrittenFromTheRoot) {
    EXPECT_EQ(violations_of("ir/core/graph.cpp", "#  include \"graph.h\""),
              std::vector<std::string>{"ir/core/graph.cpp:2: graph.h: a path is written from the root of the repository"});
}

}  // namespace
}  // namespace ricci::test
