/// \file tests/frontend/house_rules_test.cpp
/// The rules of CONTRIBUTING.md that a program can check, over every C++ file of the repository.
#include <gtest/gtest.h>

#include <algorithm>
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

TEST(HouseRules, NoMacroButRicciCheck) {
    for (const SourceFile& file : source_files({"ir", "passes", "runtime", "codegen", "frontend"})) {
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            const std::string_view macro = directive(file.lines[i], "define");
            EXPECT_TRUE(macro.empty() || macro.starts_with("RICCI_CHECK("))
                << file.path << ":" << i + 1 << ": write a function or a constant, not " << macro;
        }
    }
}

}  // namespace
}  // namespace ricci::test
