// Every text file below tests/passes: the graph after the pass is the one written there, and values are unchanged.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "ir/verify/verify.h"
#include "passes/check/verify_values.h"
#include "tests/passes/harness.h"

namespace ricci::passes::testing {
namespace {

class PassFile : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(PassFile, GivesItsTextAndKeepsItsValues) {
    const PassCase test = read_case(GetParam());
    const ir::Graph before = ir::parse(test.before, test.file.filename().string());
    ir::verify(before, "the parser");
    Remarks remarks;
    const ir::Graph after = run_only(before, test.passes, test.options, remarks);
    const std::string text = ir::print(after);

    const char* update = std::getenv("RICCI_UPDATE_GOLDEN");
    if (update != nullptr && std::string_view(update) == "1" && test.standard) {
        write_case(test, text);
    } else if (test.standard) {
        EXPECT_EQ(text, test.after) << test.promise;
    }
    EXPECT_EQ(ir::print(ir::parse(text)), text) << "the text after the pass does not read back as it is";
    constexpr std::int64_t kBatch = 3;
    double tolerance = kExactTolerance;
    for (const Pass& pass : pipeline()) {
        if (std::ranges::find(test.passes, pass.name) != test.passes.end()) tolerance = std::max(tolerance, pass.tolerance);
    }
    for (const std::string& line : value_differences(before, after, kBatch, 1, tolerance)) ADD_FAILURE() << line;
    if (!test.standard) return;
    for (const std::string& expected : test.remarks) {
        bool found = std::ranges::any_of(remarks, [&](const Remark& remark) {
            return remark.text.find(expected) != std::string::npos;
        });
        EXPECT_TRUE(found) << "no remark says \"" << expected << "\"";
    }
}

std::string case_name(const ::testing::TestParamInfo<std::filesystem::path>& info) {
    return info.param.parent_path().filename().string() + "_" + info.param.stem().string();
}

INSTANTIATE_TEST_SUITE_P(Passes, PassFile, ::testing::ValuesIn(pass_case_files()), case_name);

}  // namespace
}  // namespace ricci::passes::testing
