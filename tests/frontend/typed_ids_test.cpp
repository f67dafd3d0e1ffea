/// \file tests/frontend/typed_ids_test.cpp
/// The folders whose vectors are indexed by ids of their own types, never by a number that a cast makes fit.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/frontend/source_tree.h"

namespace ricci::test {
namespace {

const std::vector<std::string> kFolders = {
    "ir/analysis",    "ir/elaborate",    "ir/interpret",  "ir/loops",     "ir/print",     "ir/surface",
    "ir/text",        "ir/verify",       "passes/batch",  "passes/check", "passes/cost",  "passes/cleanup",
    "passes/fusion",  "passes/gradient", "passes/layout", "passes/loops", "passes/tiles", "passes/products",
    "codegen/emit",   "codegen/jit",     "codegen/math",  "codegen/search", "runtime/file",
};

TEST(TypedIds, NoCastStandsInBrackets) {
    for (const std::string& folder : kFolders) {
        const std::vector<SourceFile> files = source_files({folder});
        EXPECT_FALSE(files.empty()) << folder << " is gone: take it out of the list";
        for (const SourceFile& file : files) {
            for (std::size_t i = 0; i < file.lines.size(); ++i) {
                EXPECT_EQ(file.lines[i].find("[static_cast<std::size_t>("), std::string::npos)
                    << file.path << ":" << i + 1 << ": index by an id (ir/core/ids.h), or by a std::size_t";
            }
        }
    }
}

}  // namespace
}  // namespace ricci::test
