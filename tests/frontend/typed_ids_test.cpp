/// \file tests/frontend/typed_ids_test.cpp
/// Vectors are indexed by ids of their own types, or by a std::size_t, never by a number that a cast makes fit.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/frontend/source_tree.h"

namespace ricci::test {
namespace {

const std::vector<std::string> kFolders = {"codegen", "frontend", "ir", "passes", "runtime"};

TEST(TypedIds, NoCastStandsInBrackets) {
    for (const std::string& folder : kFolders) {
        const std::vector<SourceFile> files = source_files({folder});
        EXPECT_FALSE(files.empty()) << folder << " is gone: take it out of the list";
        for (const SourceFile& file : files) {
            for (std::size_t i = 0; i < file.lines.size(); ++i) {
                EXPECT_EQ(file.lines[i].find("[static_cast<std::size_t>("), std::string::npos)
                    << file.path << ":" << i + 1 << ": index by an id (ir/base/ids.h), or by a std::size_t";
            }
        }
    }
}

}  // namespace
}  // namespace ricci::test
