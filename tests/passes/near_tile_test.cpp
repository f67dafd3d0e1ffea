/// \file tests/passes/near_tile_test.cpp
/// Choices on a Zen 5 that hang on which cache operands of a register tile come from.
#include <gtest/gtest.h>

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

TEST(NearTile, AProductThatL1HoldsAsAWholeIsNearOutsideOfTilesToo) {
    const Machine zen5 = machine_named("avx512-zen5");
    Machine slow = zen5;
    slow.near_tile_flop_per_second = slow.register_tile_flop_per_second;
    EXPECT_NE(remarks_of(gradient(8, false), zen5).find("contraction 0.017 us"), std::string::npos);
    EXPECT_NE(remarks_of(gradient(8, false), slow).find("contraction 0.056 us"), std::string::npos)
        << remarks_of(gradient(8, false), slow);
}

}  // namespace
}  // namespace ricci::passes
