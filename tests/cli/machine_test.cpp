/// \file tests/cli/machine_test.cpp
/// `ricci bench machine` and `bench choices`, and the files of machines that other commands read.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "frontend/cli/bench/rank_correlation.h"
#include "tests/cli/command.h"

namespace ricci::test {
namespace {

using nlohmann::ordered_json;

/// A dense layer at stage model.
constexpr const char* kDense = R"(ricci 1 model dense
input x: f32[batch ?, feature 64]
parameter w: f32[feature 128, feature 64] = uniform(-1, 1)
y[b, o] = sum(i: feature 64) x[b, i] * w[o, i]
output y
)";

constexpr const char* kNet = R"(ricci 1 model net
input x: f32[batch ?, channel 4, height 10, width 10]
parameter k: f32[channel 8, channel 4, tap_h 3, tap_w 3] = uniform(-1, 1)
parameter w: f32[class 10, channel 8, height 8, width 8] = uniform(-1, 1)
c = conv2d(x, k)
a[b, o, p, q] = c[b, o, p, q] * c[b, o, p, q]
h[b, o, p, q] = tanh(a[b, o, p, q])
y[b, n] = sum(o: channel 8, p: height 8, q: width 8) h[b, o, p, q] * w[n, o, p, q]
output y
)";

class MachineFile : public testing::Test {
  protected:
    /// A machine that this program measured, in the briefest way; all tests share it.
    static void SetUpTestSuite() { file_ = Shell().output("ricci bench machine --rounds 1 --json"); }
    void SetUp() override {
        machine_ = ordered_json::parse(file_);
        shell_.put("dense.ein", kDense);
    }
    /// Puts the machine there as it is now.
    void put() const { shell_.put("m.json", machine_.dump()); }
    void expect_refused(const std::string& message) const {
        put();
        shell_.expect_refused("ricci opt dense.ein --machine m.json", message);
    }

    static std::string file_;
    Shell shell_;
    ordered_json machine_;
};
std::string MachineFile::file_;

TEST_F(MachineFile, WhatIsMeasuredIsReadBackAndChangesWhatIsPredicted) {
    const auto remarks = [&] {
        put();
        const Ended ended = shell_.run("ricci opt dense.ein --emit lowered --remarks --machine m.json --gemm blas");
        EXPECT_EQ(ended.status, 0) << ended.error;
        return ended.error;
    };
    EXPECT_NE(remarks().find("match-gemm: y: "), std::string::npos);
    machine_["machine"]["loop_flop_per_second"] = 16384e3;  // 2 * 64 * 128 operations a sample
    EXPECT_NE(remarks().find("loops 1 ms"), std::string::npos) << remarks();
    for (const char* level : {"l1", "l2", "l3", "memory"})
        EXPECT_GT(machine_["measured"]["copy_bytes_per_second"][level], 0) << level;
    EXPECT_TRUE(machine_["measured"]["scalar_operations"].contains("tanh"));
}

TEST_F(MachineFile, SaveWritesWhatJsonPrints) {
    shell_.output("ricci bench machine --rounds 1 --save saved.json");
    const ordered_json saved = ordered_json::parse(shell_.get("saved.json"));
    std::vector<std::string> names, others;
    for (const auto& [name, value] : machine_["machine"].items()) names.push_back(name);
    for (const auto& [name, value] : saved["machine"].items()) others.push_back(name);
    EXPECT_EQ(names, others);
    EXPECT_EQ(shell_.run("ricci opt dense.ein --emit planned --machine saved.json").status, 0);
}

TEST_F(MachineFile, AFileThatIsNoMachineIsRefused) {
    shell_.put("m.json", "{}");
    shell_.expect_refused("ricci opt dense.ein --machine m.json",
                          "m.json: it is no machine in JSON of the format \"ricci machine 1\"; ricci bench machine "
                          "--save writes one");
    shell_.expect_refused("ricci opt dense.ein --machine none.json",
                          "cannot open none.json: No such file or directory");
}

TEST_F(MachineFile, ANumberThatIsMissingUnknownOrWrongIsNamed) {
    const ordered_json whole = machine_;
    machine_["machine"].erase("l2_bytes");
    expect_refused("m.json: l2_bytes is missing; ricci bench machine --save writes all numbers");
    machine_ = whole;
    machine_["machine"]["l2_byte"] = 1;
    expect_refused("m.json: unknown number \"l2_byte\"; did you mean l2_bytes?");
    machine_ = whole;
    machine_["machine"]["something"] = 1;
    expect_refused("m.json: unknown number \"something\"; ricci bench machine --save writes all that there are");
    machine_ = whole;
    machine_["machine"]["l2_bytes"] = 0.5;
    expect_refused("m.json: l2_bytes is 0.5; it is a whole number above 0 and at most 1e+18");
    machine_["machine"]["l2_bytes"] = 1;
    machine_["machine"]["loop_flop_per_second"] = -3;
    expect_refused("m.json: loop_flop_per_second is -3; it is a number above 0 and at most 1e+18");
    machine_["machine"]["loop_flop_per_second"] = "fast";
    expect_refused("m.json: loop_flop_per_second is \"fast\"; it is a number above 0 and at most 1e+18");
}

TEST_F(MachineFile, VectorsOfAnotherTargetAreRefused) {
    machine_["name"] = "mine";
    machine_["machine"]["f32_lanes"] = 4;
    put();
    shell_.expect_refused("ricci opt dense.ein --target avx2 --machine m.json",
                          "machine mine has vectors of 4 floats, but the target x86-64-v3 has vectors of 8; measure it "
                          "for that target");
}

TEST(BenchChoices, PrintsWhatWasPredictedAndMeasuredOfEachMethod) {
    const Shell shell;
    const std::string out = shell.output("ricci bench choices --only lenet.fc3 --rounds 1 --seconds 0 --json");
    std::istringstream lines(out);
    std::map<std::string, int> chosen;
    ordered_json last;
    for (std::string text; std::getline(lines, text);) {
        last = ordered_json::parse(text);
        if (!last.contains("method")) continue;
        EXPECT_EQ(last["kind"], "product");
        EXPECT_GT(last["predicted_s"], 0);
        EXPECT_GT(last["measured_s"], 0);
        chosen[last["name"]] += last["chosen"].get<bool>();
    }
    EXPECT_EQ(chosen, (std::map<std::string, int>{
                          {"lenet.fc3 forward", 1}, {"lenet.fc3 input_gradient", 1}, {"lenet.fc3 kernel_gradient", 1}}));
    EXPECT_EQ(last["choices"], 3);
    EXPECT_EQ(last["timed"], 9);
    shell.expect_refused("ricci bench choices --only nothing", "no choice has \"nothing\" in its name");
}

TEST(BenchChoices, OfAProgramItTimesTilesAndFusionToo) {
    const Shell shell;
    shell.put("net.ein", kNet);
    const std::string out = shell.output("ricci bench choices net.ein --rounds 1 --seconds 0");
    for (const char* word : {"\nconvolution  c ", "\nproduct      y ", "\ntile         c.to.y ", " tiles ", " no tiles ",
                             "\nfusion       a.to.h ", "\nfusion       c.to.y ", "5 choices, of which "})
        EXPECT_NE(out.find(word), std::string::npos) << word << "\n" << out;
}

TEST(BenchChoices, ChoicesOfOneKindAreAskedForByIt) {
    const Shell shell;
    shell.put("net.ein", kNet);
    const std::string out = shell.output("ricci bench choices net.ein --kind fusion --rounds 1 --seconds 0 --json");
    std::istringstream lines(out);
    ordered_json last;
    for (std::string text; std::getline(lines, text);) {
        last = ordered_json::parse(text);
        if (!last.contains("method")) continue;
        EXPECT_EQ(last["kind"], "fusion");
        EXPECT_GT(last["predicted_s"], 0);
        EXPECT_EQ(last["chosen"], last["method"] == "fused");
    }
    EXPECT_EQ(last["choices"], 2);
    for (const std::string stage : {"lowered", "kernels", "loops", "planned"}) {
        shell.output("ricci opt net.ein --emit=" + stage + " -o late.ein");
        shell.expect_refused("ricci bench choices late.ein",
                             "net is at stage " + stage + ", where the passes have chosen; choices are of a text at stage model or step");
    }
    shell.expect_refused("ricci bench choices net.ein --kind tiles",
                         "option --kind is \"tiles\"; it is convolution, product, tile or fusion");
}

TEST(BenchChoices, PartsThatAreAlikeAreRunOnce) {
    const Shell shell;
    shell.put("twice.ein", R"(ricci 1 model twice
input x: f32[batch 4, feature 64]
parameter w: f32[feature 64, feature 64]
parameter v: f32[feature 64, feature 64]
h[b, o] = sum(i: feature 64) x[b, i] * w[o, i]
y[b, o] = sum(i: feature 64) h[b, i] * v[o, i]
output y
)");
    const std::string out =
        shell.output("ricci bench choices twice.ein --kind product --rounds 1 --seconds 0 --json");
    EXPECT_NE(out.find("\"name\":\"h\""), std::string::npos) << out;
    EXPECT_NE(out.find("\"alike\":2"), std::string::npos) << out;
    EXPECT_EQ(out.find("\"name\":\"y\""), std::string::npos) << out;
}

TEST(RankCorrelation, IsOneForOneOrderAndMinusOneForTheOpposite) {
    const std::vector<double> up = {1, 2, 30, 400};
    const std::vector<double> down = {9, 8, 7, 0.5};
    EXPECT_DOUBLE_EQ(cli::rank_correlation(up, up), 1);
    EXPECT_DOUBLE_EQ(cli::rank_correlation(up, down), -1);
    EXPECT_EQ(cli::ranks_of(std::vector<double>{5, 1, 5, 2}), (std::vector<double>{3.5, 1, 3.5, 2}));
    EXPECT_EQ(cli::rank_correlation(up, std::vector<double>{1, 1, 1, 1}), 0) << "no order";
}

}  // namespace
}  // namespace ricci::test
