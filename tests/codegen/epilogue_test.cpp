// What follows a contraction in its kernel. Promised are which equations are planned into its register tile, and that
// they give the interpreter's values whether what they take is stored or not.
#include "passes/loops/choose_epilogue.h"

#include <gtest/gtest.h>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/loops/choose_vector.h"
#include "tests/codegen/equations.h"

namespace ricci::testing {
namespace {

using passes::FusedContraction;

/// A convolution of `in` channels into `out`, tanh, and what is to follow, in one kernel.
std::string convolution(const std::string& dtype, int out, const std::string& behind, int in = 6) {
    return fmt::format(R"(ricci 1 kernels t
input x: {0}[channel {3}, height 16, width 14, batch 16]
input k: {0}[channel {1}, channel {3}, tap_h 5, tap_w 5]
input bias: {0}[channel {1}]
kernel all() {{
s: {0}[channel {1}, height 12, width 10, batch 16]
s[o, y, z, b] = sum(i: channel {3}, r: tap_h 5, q: tap_w 5) x[i, y + r, z + q, b] * k[o, i, r, q]
a: {0}[channel {1}, height 12, width 10, batch 16]
a[o, y, z, b] = tanh(s[o, y, z, b] + bias[o])
{2}
}}
)",
                       dtype, out, behind, in);
}

std::string average(const std::string& dtype, int out) {
    return fmt::format(R"(p: {0}[channel {1}, height 6, width 5, batch 16]
p[o, y, z, b] = sum(dy: tap_h 2, dz: tap_w 2) 0.25 * a[o, 2*y + dy, 2*z + dz, b])",
                       dtype, out);
}

std::string largest(const std::string& dtype, int out) {
    return fmt::format(R"(p: {0}[channel {1}, height 4, width 5, batch 16]
p[o, y, z, b] = max(dy: tap_h 3, dz: tap_w 2) a[o, 3*y + dy, 2*z + dz, b])",
                       dtype, out);
}

/// The plan of the first equation with the others behind it, for a processor with that many vector registers.
std::optional<FusedContraction> plan_of(const ir::Graph& graph, int registers = 32) {
    const passes::Machine machine = passes::machine_named(registers == 16 ? "avx2" : "avx512-intel");
    std::vector<const ir::Equation*> behind;
    for (std::size_t i = 1; i < graph.equations.size(); ++i) behind.push_back(&graph.equations[i]);
    const ir::Nest nest = passes::choose_nest(graph, graph.equations.at(0), {}, static_cast<int>(machine.f32_lanes));
    return passes::choose_epilogue(graph, ir::Uses(graph), nest, behind, machine);
}

void expect_whole_windows(const std::string& text, int registers, std::int64_t rows, std::int64_t columns) {
    const std::optional<FusedContraction> fused = plan_of(ir::parse(text), registers);
    ASSERT_TRUE(fused);
    ASSERT_EQ(fused->epilogue.steps.size(), 2U) << fused->remark;
    EXPECT_FALSE(fused->epilogue.steps[0].pools());
    EXPECT_TRUE(fused->epilogue.steps[1].pools());
    const ir::Nest& nest = fused->plan.nest;
    std::int64_t results = 1;
    for (ir::Contraction::Block block : fused->plan.tile) results *= block.count;
    EXPECT_LT(results, registers);
    EXPECT_EQ(fused->plan.count(nest.level_of(1)) % rows, 0);     // y
    EXPECT_EQ(fused->plan.count(nest.level_of(2)) % columns, 0);  // z
}

TEST(Epilogue, ATileHoldsWholeWindowsOfThePoolThatFollows) {
    expect_whole_windows(convolution("f32", 6, average("f32", 6), 1), 16, 2, 2);
    expect_whole_windows(convolution("f32", 16, average("f32", 16)), 32, 2, 2);
    expect_whole_windows(convolution("f32", 16, largest("f32", 16)), 32, 3, 2);
}

TEST(Epilogue, WindowsWhosePixelsAndSumsFillTheRegistersAreLeftToALoopOfTheirOwn) {
    // 12 sums for two channels, 6 pixels that the next tap meets again, and a weight: on a Zen 3 twice as slow.
    const std::optional<FusedContraction> fused = plan_of(ir::parse(convolution("f32", 16, largest("f32", 16))), 16);
    ASSERT_TRUE(fused);
    EXPECT_EQ(fused->epilogue.steps.size(), 1U);
    EXPECT_NE(fused->remark.find("whole windows of the pool behind it in registers would take"), std::string::npos)
        << fused->remark;
}

TEST(Epilogue, OnlyWhatOthersReadIsStored) {
    ir::Graph graph = ir::parse(convolution("f32", 8, average("f32", 8)));
    std::optional<FusedContraction> fused = plan_of(graph);
    ASSERT_TRUE(fused);
    EXPECT_FALSE(fused->epilogue.keeps_sum);
    EXPECT_FALSE(fused->epilogue.steps[0].kept);
    EXPECT_TRUE(fused->epilogue.steps[1].kept);
    graph.outputs = {{"a", graph.find("a")}};
    fused = plan_of(graph);
    ASSERT_TRUE(fused);
    EXPECT_TRUE(fused->epilogue.steps[0].kept);
}

TEST(Epilogue, AWindowBeyondTheRegistersStaysALoopOfItsOwn) {
    const ir::Graph graph = ir::parse(convolution("f32", 8, R"(p: f32[channel 8, height 2, width 2, batch 16]
p[o, y, z, b] = sum(dy: tap_h 6, dz: tap_w 5) a[o, 6*y + dy, 5*z + dz, b])"));
    const std::optional<FusedContraction> fused = plan_of(graph, 16);
    ASSERT_TRUE(fused);
    EXPECT_EQ(fused->epilogue.steps.size(), 1U);
    EXPECT_TRUE(fused->plan.nest.whole.empty());
    EXPECT_EQ(fused->remark, "s: no tile holds whole windows of the pool behind it in 16 registers");
}

TEST(Epilogue, AReaderThatLooksAtOtherElementsEndsIt) {
    const ir::Graph graph = ir::parse(convolution("f32", 8, R"(d: f32[channel 8, height 12, width 10, batch 16]
d[o, y, z, b] = a[o, y, z, b] * 2
e: f32[channel 8, height 12, width 10, batch 16]
e[o, y, z, b] = d[o, y, z, b] - a[o, 0, z, b])"));
    const std::optional<FusedContraction> fused = plan_of(graph);
    ASSERT_TRUE(fused);
    EXPECT_EQ(fused->epilogue.steps.size(), 2U);
}

TEST(Epilogue, PoolsGiveTheInterpretersValues) {
    for (const char* dtype : {"f32", "f64"}) {
        for (int out : {3, 7}) {  // 7 leaves a smaller tile
            for (const std::string& pool : {average(dtype, out), largest(dtype, out)}) {
                const std::string read_elsewhere = convolution(dtype, out, pool);
                const std::string last_only = read_elsewhere + "output p\n";
                for (const codegen::Target& target : {codegen::Target::host(), codegen::Target::named("avx2")}) {
                    expect_equal_to_interpreter(read_elsewhere, {.target = target});
                    expect_equal_to_interpreter(last_only, {.target = target, .only_outputs = true});
                }
            }
        }
    }
}

TEST(Epilogue, EquationsBehindAPoolTakeItsResultsFromRegisters) {
    const ir::Graph graph = ir::parse(convolution("f32", 8, average("f32", 8) + R"(
f: f32[feature 240, batch 16]
f[(o, y, z), b] = p[o, y, z, b] where o: channel 8, y: height 6, z: width 5)") +
                                      "output f\n");
    const std::optional<FusedContraction> fused = plan_of(graph);
    ASSERT_TRUE(fused);
    ASSERT_EQ(fused->epilogue.steps.size(), 3U);
    EXPECT_FALSE(fused->epilogue.steps[1].kept);
    expect_equal_to_interpreter(ir::print(graph), {.only_outputs = true});
}

TEST(Epilogue, APoolMayReadTheSumsAndOtherValues) {
    const std::string text = R"(ricci 1 kernels t
input x: f32[channel 6, height 16, width 14, batch 16]
input k: f32[channel 5, channel 6, tap_h 5, tap_w 5]
input bias: f32[channel 5]
input scale: f32[channel 5, height 6, width 10, batch 16]
kernel all() {
s: f32[channel 5, height 12, width 10, batch 16]
s[o, y, z, b] = sum(i: channel 6, r: tap_h 5, q: tap_w 5) x[i, y + r, z + q, b] * k[o, i, r, q]
p: f32[channel 5, height 6, width 10, batch 16]
p[o, y, z, b] = max(dy: tap_h 2) tanh(s[o, 2*y + dy, z, b] + bias[o]) * scale[o, y, z, b]
}
output p
)";
    const std::optional<FusedContraction> fused = plan_of(ir::parse(text));
    ASSERT_TRUE(fused);
    EXPECT_FALSE(fused->epilogue.keeps_sum);
    expect_equal_to_interpreter(text, {.only_outputs = true});
}

}  // namespace
}  // namespace ricci::testing
