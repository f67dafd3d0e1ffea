// What a program is predicted to take: each part of the model shows in a number.
#include <gtest/gtest.h>

#include <cmath>

#include "ir/text/parser.h"
#include "passes/cost/program_cost.h"
#include "passes/pipeline.h"

namespace ricci::passes {
namespace {

double seconds(const std::string& body, const Options& options = {}, std::int64_t batch = 64,
               const Machine& machine = Machine()) {
    Remarks remarks;
    const std::string text = "ricci 1 step cost\n" + body;
    return program_seconds(run_to(ir::parse(text, "cost"), ir::Stage::planned, options, remarks), batch, machine);
}

constexpr const char* kChain = R"(input x: f32[batch ?, feature 4096]
a[b, i] = tanh(x[b, i])
s[b] = sum(i: feature 4096) a[b, i] * a[b, i]
t[b] = sum(i: feature 4096) a[b, i]
output s
output t
)";

TEST(ProgramCost, ValuesThatStayInAKernelCostNoBytes) {
    Machine slow;  // memory, so that bytes are all that counts
    slow.memory_bytes_per_second /= 100;
    slow.l2_bytes_per_second /= 100;
    const double fused = seconds(kChain, {}, 64, slow);
    const double apart = seconds(kChain, {.fuse = false}, 64, slow);
    EXPECT_NEAR(apart / fused, 4, 0.1) << "x is read; apart, a is written and read twice";
}

TEST(ProgramCost, EachKernelHasThePriceOfItsCall) {
    Machine machine;
    const double before = seconds(kChain, {.fuse = false}, 64, machine);
    machine.kernel_call_seconds += 1;
    EXPECT_NEAR(seconds(kChain, {.fuse = false}, 64, machine) - before, 3, 1e-6);
}

TEST(ProgramCost, ATilesKernelsAreCalledForEachTileAndAllItsSamples) {
    constexpr const char* kNet = R"(input x: f32[batch ?, feature 64]
input w: f32[feature 64, feature 64]
h[b, o] = sum(i: feature 64) x[b, i] * w[o, i]
y[b, o] = tanh(h[b, o])
output y
)";
    const Options tiles{.tile = "16"};
    const double one = seconds(kNet, tiles, 16), more_than_one = seconds(kNet, tiles, 17), two = seconds(kNet, tiles, 32);
    EXPECT_GT(more_than_one - one, 0.5 * (two - one)) << "the last tile computes all its samples";
    Machine machine;
    const double before = seconds(kNet, tiles, 64, machine);
    machine.kernel_call_seconds += 1;
    const double more = seconds(kNet, tiles, 64, machine) - before;
    EXPECT_NEAR(more, 4 * std::round(more / 4), 1e-6);
    EXPECT_GE(more, 4);
}

TEST(ProgramCost, EmptyLanesCountAsFullOnes) {
    const auto rows = [](int width) {
        return "input x: f32[batch 64, feature " + std::to_string(width) +
               "]\nm[b] = max(i: feature " + std::to_string(width) +
               ") x[b, i]\ny[b, i] = exp(x[b, i] - m[b])\noutput y\n";
    };
    EXPECT_GT(seconds(rows(10)) / seconds(rows(16)), 0.99) << "rows of 10 take vectors of 16";
    EXPECT_GT(seconds(rows(16)) / seconds(rows(32)), 0.99) << "whose operations wait for each other, so that a second is free";
    EXPECT_LT(seconds(rows(32)) / seconds(rows(33)), 0.8) << "and rows of 33 take three of them";
}

}  // namespace
}  // namespace ricci::passes
