// Register tiles: what the planner chooses, and that every form of tile gives the interpreter's values.
#include "passes/loops/choose_tile.h"

#include <gtest/gtest.h>

#include "codegen/compile.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/loops/choose_vector.h"
#include "tests/codegen/equations.h"

namespace ricci::testing {
namespace {

using ir::Contraction;

/// The plan of the only equation of a text, for vectors of 16 lanes.
std::optional<Contraction> plan_of(const ir::Graph& graph, int registers = 32, ir::LevelId split = -1) {
    return passes::plan_contraction(passes::choose_nest(graph, graph.equations.at(0), {}, 16),
                                     {.vector_registers = registers}, split);
}

std::int64_t results(const Contraction& plan) {
    std::int64_t results = 1;
    for (Contraction::Block block : plan.tile) results *= block.count;
    return results;
}

std::string level_name(const Contraction& plan, ir::LevelId level) {
    std::string name;
    for (ir::IndexId i : plan.nest.levels[level].indices) {
        name += plan.nest.equation->indices[i].name;
    }
    return name;
}

constexpr const char* kConvolution = R"(ricci 1 model t
input x: f32[channel 6, height 14, width 14, batch 16]
input k: f32[channel 16, channel 6, tap_h 5, tap_w 5]
y[o, h, w, b] = sum(i: channel 6, r: tap_h 5, s: tap_w 5) x[i, h + r, w + s, b] * k[o, i, r, s]
)";
constexpr const char* kKernelGradient = R"(ricci 1 model t
input x: f32[channel 6, height 14, width 14, batch 16]
input d: f32[channel 16, height 10, width 10, batch 16]
k[o, i, r, s] = sum(b: batch 16, h: height 10, w: width 10) d[o, h, w, b] * x[i, h + r, w + s, b]
)";

TEST(Contraction, HoldsManyResultsButNoMoreThanTheRegistersTake) {
    for (const char* text : {kConvolution, kKernelGradient}) {
        const ir::Graph graph = ir::parse(text);
        for (int registers : {16, 32}) {
            std::optional<Contraction> plan = plan_of(graph, registers);
            ASSERT_TRUE(plan);
            EXPECT_GE(results(*plan), registers / 3) << text;
            EXPECT_LT(results(*plan), registers) << text;
        }
    }
}

TEST(Contraction, VectorsLieAlongTheSamples) {
    const ir::Graph forward = ir::parse(kConvolution);
    std::optional<Contraction> plan = plan_of(forward);
    ASSERT_TRUE(plan);
    EXPECT_EQ(level_name(*plan, plan->nest.vector), "wb");  // width and samples run on as one
    const ir::Graph gradient = ir::parse(kKernelGradient);
    plan = plan_of(gradient);
    ASSERT_TRUE(plan);
    EXPECT_EQ(level_name(*plan, plan->nest.vector), "b");
    EXPECT_TRUE(plan->nest.reduces_along_vector());
}

TEST(Contraction, WhatTheVectorsShareIsTheInnermostLoop) {
    const ir::Graph graph = ir::parse(kConvolution);
    std::optional<Contraction> plan = plan_of(graph);
    ASSERT_TRUE(plan);
    EXPECT_EQ(level_name(*plan, plan->loops.back()), "o");
}

TEST(Contraction, ALevelThatIsSplitIsNotTiled) {
    const ir::Graph graph = ir::parse(kConvolution);
    std::optional<Contraction> plan = plan_of(graph, 32, 0);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->count(0), 1);
    EXPECT_NE(plan->nest.vector, ir::LevelId(0));
}

TEST(Contraction, TheMostPromisingTileIsThePlan) {
    for (const char* text : {kConvolution, kKernelGradient}) {
        const ir::Graph graph = ir::parse(text);
        const ir::Nest nest = passes::choose_nest(graph, graph.equations.at(0), {}, 16);
        const std::vector<ir::TileChoice> tiles = passes::promising_tiles(nest, {}, -1, 8);
        ASSERT_EQ(tiles.size(), 8U);
        const std::optional<Contraction> plan = plan_of(graph);
        EXPECT_EQ(tiles[0], (ir::TileChoice{plan->nest.vector, plan->tile}));
        double cycles = 0;
        for (const ir::TileChoice& tile : tiles) {
            const std::optional<Contraction> with = passes::plan_with(nest, {}, -1, tile);
            ASSERT_TRUE(with);
            EXPECT_EQ(with->tile, tile.tile);
            EXPECT_GE(with->cycles, cycles);
            cycles = with->cycles;
        }
        EXPECT_FALSE(passes::plan_with(nest, {}, -1, {plan->nest.vector, {{0, 33}}}));
    }
}

TEST(Contraction, LeavesToOtherLoopsWhatItCannotTile) {
    for (const char* equation : {
             "y[o, b] = sum(i: feature 4) few[o, i] * few[b, i]",  // few points
             "y[o] = max(i: feature 40) k[o, i] * x[i]",           // no sum
             "y[o] = sum(i: feature 40) tanh(k[o, i]) * x[i]",     // no product
         }) {
        const ir::Graph graph = ir::parse(
            std::string("ricci 1 model t\ninput k: f32[feature 4, feature 40]\ninput x: f32[feature 40]\n"
                        "input few: f32[feature 30, feature 4]\n") +
            equation + "\n");
        EXPECT_FALSE(plan_of(graph)) << equation;
    }
}

/// On both widths of vectors, and for an open batch below and above one.
void check(const std::string& text) {
    for (const codegen::Target& target : {codegen::Target::host(), codegen::Target::named("avx2")}) {
        expect_equal_to_interpreter(text, {.target = target, .batch = 5});
        if (text.contains('?')) expect_equal_to_interpreter(text, {.target = target, .batch = 19});
    }
}

TEST(Contraction, ConvolutionAndItsGradients) {
    for (const char* type : {"f32", "f64"}) {
        check(fmt::format(R"(ricci 1 model t
input x: {0}[channel 3, height 11, width 9, batch 16]
input k: {0}[channel 7, channel 3, tap_h 3, tap_w 5]
input d: {0}[channel 7, height 9, width 5, batch 16]
y[o, h, w, b] = sum(i: channel 3, r: tap_h 3, s: tap_w 5) x[i, h + r, w + s, b] * k[o, i, r, s]
g[i, h, w, b] = sum(o: channel 7, r: tap_h 3, s: tap_w 5) pad(d[o, h - r, w - s, b], 0) * k[o, i, r, s] where h: height 11, w: width 9
e[o, i, r, s] = sum(b: batch 16, h: height 9, w: width 5) d[o, h, w, b] * x[i, h + r, w + s, b]
)",
                          type));
    }
}

TEST(Contraction, PaddingStrideAndDilation) {
    check(R"(ricci 1 model t
input x: f32[channel 2, height 13, width 12, batch 16]
input k: f32[channel 5, channel 2, tap_h 3, tap_w 3]
p[o, h, w, b] = sum(i: channel 2, r: tap_h 3, s: tap_w 3) pad(x[i, h + r - 1, w + s - 1, b], 0) * k[o, i, r, s] where h: height 13, w: width 12
q[o, h, w, b] = sum(i: channel 2, r: tap_h 3, s: tap_w 3) pad(x[i, 2*h + r - 1, 2*w + s - 1, b], 0) * k[o, i, r, s] where h: height 7, w: width 6
t[o, h, w, b] = sum(i: channel 2, r: tap_h 3, s: tap_w 3) pad(x[i, h + 2*r - 2, w + 3*s - 3, b], 0) * k[o, i, r, s] where h: height 13, w: width 12
)");
}

TEST(Contraction, VectorsAlongTheWidthOfAnImage) {
    check(R"(ricci 1 model t
input x: f32[batch ?, channel 3, height 12, width 35]
input k: f32[channel 7, channel 3, tap_h 3, tap_w 3]
y[b, o, h, w] = sum(i: channel 3, r: tap_h 3, s: tap_w 3) x[b, i, h + r, w + s] * k[o, i, r, s]
p[b, o, h, w] = sum(i: channel 3, r: tap_h 3, s: tap_w 3) pad(x[b, i, h + r - 1, w + s - 1], 0) * k[o, i, r, s] where h: height 12, w: width 35
)");
}

TEST(Contraction, VectorsAlongTheLastChannel) {
    check(R"(ricci 1 model t
input x: f32[batch ?, height 12, width 13, channel 3]
input k: f32[tap_h 3, tap_w 3, channel 3, channel 21]
y[b, h, w, o] = sum(r: tap_h 3, s: tap_w 3, i: channel 3) x[b, h + r, w + s, i] * k[r, s, i, o]
)");
}

TEST(Contraction, MatrixProductsInEveryOrder) {
    check(R"(ricci 1 model t
input a: f32[feature 37, feature 21]
input b: f32[feature 21, feature 50]
input at: f32[feature 21, feature 37]
input bt: f32[feature 50, feature 21]
c[i, j] = sum(k: feature 21) a[i, k] * b[k, j]
d[i, j] = sum(k: feature 21) at[k, i] * b[k, j]
e[i, j] = sum(k: feature 21) a[i, k] * bt[j, k]
f[j, i] = sum(k: feature 21) at[k, i] * bt[j, k]
g[i] = sum(k: feature 21) a[i, k]
h[] = sum(i: feature 37, k: feature 21) 0.5 * a[i, k] * at[k, i]
)");
}

}  // namespace
}  // namespace ricci::testing
