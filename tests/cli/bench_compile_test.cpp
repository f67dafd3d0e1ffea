/// \file tests/cli/bench_compile_test.cpp
/// `ricci bench compile`: a row for each phase, and how much it grows.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "tests/cli/command.h"

namespace ricci::test {
namespace {

using nlohmann::ordered_json;

TEST(BenchCompile, PrintsTheSecondsOfEachPhaseByLength) {
    const std::string out = Shell().output("ricci bench compile --equations 8,4 --code 4 --json");
    std::istringstream lines(out);
    std::set<std::string> chains;
    for (std::string text; std::getline(lines, text);) {
        const ordered_json line = ordered_json::parse(text);
        chains.insert(line["chain"]);
        EXPECT_EQ(line["equations"], (std::vector<int>{4, 8})) << "shorter ones first";
        for (const char* phase : {"parse", "verify", "fuse", "plan-memory", "all but codegen"}) {
            const ordered_json& seconds = line["phases"][phase]["seconds"];
            ASSERT_EQ(seconds.size(), 2u) << phase;
            EXPECT_GE(seconds[1], 0) << phase;
        }
        const ordered_json& code = line["phases"]["codegen"]["seconds"];
        EXPECT_GT(code[0], 0);
        EXPECT_TRUE(code[1].is_null()) << "the chain is longer than --code";
        double sum = 0;
        for (const char* phase : {"list kernels", "find alike", "emit", "llvm", "link", "prepare runs"})
            sum += line["phases"][phase]["seconds"][0].get<double>();
        EXPECT_NEAR(code[0].get<double>(), sum, 1e-9);
        EXPECT_LT(line["phases"]["codegen, not LLVM"]["seconds"][0], code[0]);
        const ordered_json& parse = line["phases"]["parse"];
        // 8 log 8 is 3 times 4 log 4, for twice the equations.
        EXPECT_NEAR(parse["n log n"].get<double>(), std::pow(3, 1 / std::log10(2)), 1e-6);
        EXPECT_EQ(parse["grows faster"], false) << "what takes microseconds tells nothing";
    }
    EXPECT_EQ(chains, (std::set<std::string>{"dense", "pointwise", "training"}));
}

TEST(BenchCompile, PrintsATableOfOneChain) {
    const std::string out = Shell().output("ricci bench compile --chain dense --equations 10,100 --code 0");
    EXPECT_TRUE(out.starts_with("dense                         10         100     tenfold     n log n\n")) << out;
    EXPECT_NE(out.find("\n  plan-memory "), std::string::npos) << out;
    EXPECT_EQ(out.find("training"), std::string::npos) << out;
    EXPECT_EQ(out.find("\n  codegen "), std::string::npos) << out;
}

TEST(BenchCompile, PrintsWhatAModelTakesColdAndFromTheCache) {
    const Shell shell;
    const ordered_json line = ordered_json::parse(shell.output("ricci bench compile --model lenet5 --rounds 1 --json"));
    EXPECT_EQ(line["model"], "lenet5");
    EXPECT_GT(line["cold_s"], 0);
    EXPECT_GT(line["cached_s"], 0);
    shell.expect_refused("ricci bench compile --model absent", "no model \"absent\"; ricci models lists them");
}

TEST(BenchCompile, RefusesWhatIsNoChain) {
    const Shell shell;
    shell.expect_refused("ricci bench compile --equations 3", "option --equations is 3; it is from 4 to 1000000");
}

}  // namespace
}  // namespace ricci::test
