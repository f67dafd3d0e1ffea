/// \file tests/codegen/typical_batch_test.cpp
/// A graph that fixes its batch is planned and costed for that batch, and its program takes no other.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "codegen/compile.h"
#include "ir/text/parser.h"
#include "passes/loops/predict_loops.h"
#include "tests/loops.h"

namespace ricci::codegen {
namespace {

/// A product whose reduced index is the batch, and a sum over it; outside of tiles.
ir::Graph with_batch(const std::string& line) {
    return test::with_loops(ir::parse("ricci 1 lowered t\n" + line + R"(
input x: f32[batch ?, feature 64]
input y: f32[batch ?, class 64]

w: f32[feature 64, class 64]
w[i, j] = sum(b: batch ?) x[b, i] * y[b, j]
s: f32[feature 64]
s[i] = sum(b: batch ?) x[b, i]

output w
output s
)"),
                            Target::named("avx2"));
}

std::vector<double> predicted(const ir::Graph& graph) {
    std::vector<double> cycles;
    for (const ir::KernelSource& source : ir::kernels_of(graph)) {
        const ir::KernelPlan plan = ir::plan_of(graph, source);
        cycles.push_back(passes::predicted_cycles(plan, test::machine_of(Target::named("avx2"))).value());
    }
    return cycles;
}

TEST(TypicalBatch, PredictedCyclesAreOfTheFixedOne) {
    const std::vector<double> open = predicted(with_batch(""));
    const std::vector<double> large = predicted(with_batch("batch 640"));
    ASSERT_FALSE(open.empty());
    ASSERT_EQ(large.size(), open.size());
    for (std::size_t i = 0; i < open.size(); ++i) EXPECT_GT(large[i], 5 * open[i]) << i;
    EXPECT_EQ(predicted(with_batch(fmt::format("batch {}", ir::kTypicalBatchSamples))), open);
}

TEST(TypicalBatch, CostsOfKernelsAreOfTheFixedOne) {
    const runtime::Executable open = compile(with_batch(""), {.target = Target::named("avx2"), .threads = 1});
    const runtime::Executable large = compile(with_batch("batch 640"), {.target = Target::named("avx2"), .threads = 1});
    ASSERT_EQ(large.program().kernels.size(), open.program().kernels.size());
    for (std::size_t i = 0; i < open.program().kernels.size(); ++i) {
        EXPECT_DOUBLE_EQ(large.program().kernels[i].cost, 10 * open.program().kernels[i].cost) << i;
    }
}

TEST(TypicalBatch, TheProgramTakesNoOther) {
    EXPECT_EQ(compile(with_batch("batch 8"), {.threads = 1}).program().fixed_batch, 8);
    EXPECT_EQ(compile(with_batch(""), {.threads = 1}).program().fixed_batch, 0);
}

}  // namespace
}  // namespace ricci::codegen
