// bench/*.ein: programs that commands of the documentation time. All passes run on them, with an open batch and a fixed one.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "ir/text/parser.h"
#include "passes/cost/program_cost.h"
#include "passes/pipeline.h"

namespace ricci::passes {
namespace {

std::string text_of(const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::stringstream text;
    text << stream.rdbuf();
    return text.str();
}

TEST(BenchPrograms, AreReadAndPlannedWithAnyBatch) {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(RICCI_SOURCE_DIR) / "bench")) {
        if (entry.path().extension() != ".ein") continue;
        SCOPED_TRACE(entry.path().filename().string());
        ++count;
        const std::string open = text_of(entry.path());
        const std::string fixed = std::regex_replace(open, std::regex(R"(batch \?)"), "batch 64");
        for (const bool is_fixed : {false, true}) {
            Remarks remarks;
            const ir::Graph planned =
                run_to(ir::parse(is_fixed ? fixed : open, "bench"), ir::Stage::planned, {}, remarks);
            EXPECT_EQ(planned.fixed_batch, is_fixed && !planned.tiles.empty() ? 64 : 0);
            EXPECT_GT(program_seconds(planned, 64, Machine()), 0);
        }
    }
    EXPECT_GE(count, 1);
}

}  // namespace
}  // namespace ricci::passes
