/// \file tests/passes/near_tile_test.cpp
/// Choices and predictions that hang on which cache operands of a register tile come from.
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "ir/text/parser.h"
#include "passes/machine.h"
#include "passes/pipeline.h"

namespace ricci::passes {
namespace {

std::string remarks_of(const std::string& text, const Machine& machine) {
    Remarks remarks;
    run_to(ir::parse(text), ir::Stage::lowered, {.machine = machine}, remarks);
    std::string all;
    for (const Remark& remark : remarks) all += remark.text + "\n";
    return all;
}

/// The gradient of a dense layer's weights, in a batch tile, whose samples lie side by side, or outside of all.
std::string gradient(std::int64_t inputs, bool in_tile) {
    const std::string f = std::to_string(inputs);
    const std::string tile = "tile t(16) {\nxs: f32[feature " + f + ", batch ?]\nxs[i, b] = x[b, i]\n" +
                             "ds: f32[feature 120, batch ?]\nds[o, b] = d[b, o]\n" +
                             "dw: f32[feature 120, feature " + f + "]\ndw[o, i] = sum(b: batch ?) ds[o, b] * xs[i, b]\n}\n";
    const std::string product =
        "dw: f32[feature 120, feature " + f + "]\ndw[o, i] = sum(b: batch ?) d[b, o] * x[b, i]\n";
    return "ricci 1 step\ninput x: f32[batch ?, feature " + f + "]\ninput d: f32[batch ?, feature 120]\n" +
           "parameter w: f32[feature 120, feature " + f + "]\n" + (in_tile ? tile : product) +
           "w.next: f32[feature 120, feature " + f + "]\nw.next[o, i] = w[o, i] - dw[o, i]\nupdate w = w.next\n";
}

TEST(NearTile, InABatchTileARowOfWeightsThatL1HoldsIsMadeInRegisters) {
    const Machine zen5 = machine_named("avx512-zen5");
    const std::string in_tile = remarks_of(gradient(400, true), zen5);
    EXPECT_NE(in_tile.find("dw: M 120, N 400, K ?: contraction"), std::string::npos) << in_tile;
    Machine slow = zen5;
    slow.near_tile_flop_per_second = slow.register_tile_flop_per_second;
    const std::string as_far = remarks_of(gradient(400, true), slow);
    EXPECT_NE(as_far.find("dw: M 120, N 400, K ?: blas"), std::string::npos) << as_far;
}

TEST(NearTile, RowsThatL1DoesNotHoldAndProductsOutsideOfTilesDoNotCountAsNear) {
    const Machine zen5 = machine_named("avx512-zen5");
    Machine slow = zen5;
    slow.near_tile_flop_per_second = slow.register_tile_flop_per_second;
    for (const std::string& text : {gradient(4096, true), gradient(96, false)}) {
        EXPECT_NE(remarks_of(text, zen5).find(", contraction "), std::string::npos) << remarks_of(text, zen5);
        EXPECT_EQ(remarks_of(text, zen5), remarks_of(text, slow)) << text;
    }
}

/// Predicted microseconds of a contraction, chosen or not; nan of none.
double contraction_us(const std::string& text, const Machine& machine) {
    const std::string remarks = remarks_of(text, machine);
    for (const std::string before : {": contraction; predicted ", ", contraction "}) {
        const std::size_t at = remarks.find(before);
        if (at != std::string::npos) return std::stod(remarks.substr(at + before.size()));
    }
    return std::numeric_limits<double>::quiet_NaN();
}

TEST(NearTile, AProductThatL1HoldsAsAWholeIsNearOutsideOfTilesToo) {
    const Machine zen5 = machine_named("avx512-zen5");
    Machine slow = zen5;
    slow.near_tile_flop_per_second = slow.register_tile_flop_per_second;
    const double near = contraction_us(gradient(8, false), zen5), far = contraction_us(gradient(8, false), slow);
    EXPECT_NEAR(far / near, zen5.near_tile_flop_per_second / zen5.register_tile_flop_per_second, 0.1);
}

/// A dense layer whose weights are summed along their rows.
std::string dense(std::int64_t inputs) {
    const std::string f = std::to_string(inputs);
    return "ricci 1 step\ninput x: f32[batch 64, feature " + f + "]\nparameter w: f32[feature 10, feature " + f +
           "]\ny: f32[batch 64, feature 10]\ny[b, o] = sum(i: feature " + f + ") x[b, i] * w[o, i]\noutput y\n";
}

TEST(NearTile, ASumAlongVectorsIsAsMuchFasterNearAsATileIs) {
    Machine avx2 = machine_named("avx2");
    avx2.lane_sum_seconds = 1e-15;
    Machine slow = avx2;
    slow.near_tile_flop_per_second = slow.register_tile_flop_per_second;
    const double nearer = avx2.near_tile_flop_per_second / avx2.register_tile_flop_per_second;
    EXPECT_NEAR(contraction_us(dense(80), slow) / contraction_us(dense(80), avx2), nearer, 0.1);
    EXPECT_EQ(contraction_us(dense(800), slow), contraction_us(dense(800), avx2)) << "L1 does not hold it";
}

}  // namespace
}  // namespace ricci::passes
