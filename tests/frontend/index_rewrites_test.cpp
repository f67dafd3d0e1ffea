/// \file tests/frontend/index_rewrites_test.cpp
/// Passes rewrite index expressions through ir/analysis/substitution.h, which keeps kinds, and not by the raw substitution.
#include <gtest/gtest.h>

#include "tests/frontend/source_tree.h"

namespace ricci::test {
namespace {

TEST(IndexRewrites, NoPassSubstitutesByItself) {
    int files = 0;
    for (const SourceFile& file : source_files({"passes"})) {
        ++files;
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            const std::string& line = file.lines[i];
            EXPECT_EQ(line.find(" substitute("), std::string::npos)
                << file.path << ":" << i + 1
                << ": substituted() and its neighbours in ir/analysis/substitution.h ask for the kinds";
        }
    }
    EXPECT_GT(files, 20);
}

}  // namespace
}  // namespace ricci::test
