// What a pass consists of: two files called as it is, a line of the list with a reason, and text tests.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "passes/pipeline.h"

namespace ricci::passes {
namespace {

namespace fs = std::filesystem;

/// How many files below the folder are called so.
std::int64_t files(const fs::path& folder, const std::string& name) {
    const auto called = [&](const fs::directory_entry& entry) { return entry.path().filename() == name; };
    return std::count_if(fs::recursive_directory_iterator(folder), fs::recursive_directory_iterator(), called);
}

TEST(Passes, AreTwoFilesALineAndTheirTexts) {
    const fs::path root = RICCI_SOURCE_DIR;
    for (const Pass& pass : pipeline()) {
        std::string name(pass.name);
        std::ranges::replace(name, '-', '_');
        EXPECT_EQ(files(root / "passes", name + ".h"), 1) << pass.name;
        EXPECT_EQ(files(root / "passes", name + ".cpp"), 1) << pass.name;
        EXPECT_FALSE(pass.reason.empty()) << pass.name << ": say why it stands at its place";
        const fs::path texts = root / "tests" / "passes" / name;
        ASSERT_TRUE(fs::exists(texts)) << pass.name << " has no folder of texts";
        const auto is_text = [](const fs::directory_entry& entry) { return entry.path().extension() == ".ein"; };
        EXPECT_TRUE(std::any_of(fs::directory_iterator(texts), fs::directory_iterator(), is_text)) << pass.name;
    }
}

}  // namespace
}  // namespace ricci::passes
