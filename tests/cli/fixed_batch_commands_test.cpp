/// \file tests/cli/fixed_batch_commands_test.cpp
/// Commands on programs whose batch has a fixed size.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/cli/command.h"

namespace ricci::test {
namespace {

using nlohmann::ordered_json;

constexpr const char* kNet = R"(ricci 1 model net
input x: f32[batch 24, channel 4, height 10, width 10]
parameter k: f32[channel 8, channel 4, tap_h 3, tap_w 3] = uniform(-1, 1)
c = conv2d(x, k)
h[b, o, p, q] = tanh(c[b, o, p, q])
s[] = sum(b: batch 24, o: channel 8, p: height 8, q: width 8) h[b, o, p, q]
output s
)";

TEST(FixedBatchCommands, ATextThatKeepsTheSizeBesideOpenTypesRunsWithIt) {
    const Shell shell;
    shell.put("net.ein", kNet);
    const std::string lowered = shell.output("ricci opt net.ein --emit=lowered --tile=auto --target avx512");
    EXPECT_NE(lowered.find("\nbatch 24\n"), std::string::npos) << lowered;
    EXPECT_NE(lowered.find("\ntile "), std::string::npos) << lowered;
    shell.put("lowered.ein", lowered);
    for (const std::string file : {"net.ein", "lowered.ein"}) {
        const std::string out = shell.output("ricci run " + file + " --check --batch 5");
        EXPECT_NE(out.find("machine code and interpreter agree: 1 values"), std::string::npos) << out;
    }
}

TEST(FixedBatchCommands, BenchStepTimesAnOpenBatchAndAFixedOneInTurns) {
    const std::string out =
        Shell().output("ricci bench step --fixed-batch --batch 32 --images 64 --repeats 1 --no-cache");
    std::istringstream lines(out);
    std::vector<bool> fixed;
    for (std::string text; std::getline(lines, text);) {
        const ordered_json line = ordered_json::parse(text);
        fixed.push_back(line["fixed_batch"].get<bool>());
        EXPECT_EQ(line["batch"], 32);
        EXPECT_GT(line["us_per_image"], 0);
    }
    EXPECT_EQ(fixed, (std::vector<bool>{false, true}));
}

}  // namespace
}  // namespace ricci::test
