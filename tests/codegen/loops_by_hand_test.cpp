// Loops that a person changed in the text: the same values, other code; or refused by rule V24, with the reason.
#include <gtest/gtest.h>

#include "codegen/compile.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/pipeline.h"
#include "tests/codegen/equations.h"
#include "tests/codegen/loops_refusal.h"
#include "tests/loops.h"

namespace ricci::testing {
namespace {

/// A convolution with bias, activation and pooling, outside of batch tiles: vectors along the width.
constexpr const char* kLayer = R"(ricci 1 kernels net
input x: f32[channel 3, height 12, width 34]
input k: f32[channel 8, channel 3, tap_h 3, tap_w 3]
input bias: f32[channel 8]
kernel layer() {
s: f32[channel 8, height 10, width 32]
s[o, y, z] = sum(i: channel 3, dy: tap_h 3, dx: tap_w 3) x[i, y + dy, z + dx] * k[o, i, dy, dx]
a: f32[channel 8, height 10, width 32]
a[o, y, z] = tanh(s[o, y, z] + bias[o])
p: f32[channel 8, height 5, width 32]
p[o, y, z] = max(dy: tap_h 2) a[o, 2*y + dy, z]
}
kernel total() {
t: f32[channel 8]
t[o] = sum(y: height 5, z: width 32) p[o, y, z]
}
output p
output t
)";

std::string loops_of(const char* text) {
    passes::Remarks remarks;
    return ir::print(passes::run_to(ir::parse(text), ir::Stage::loops, {}, remarks));
}

std::string with(std::string text, const std::string& part, const std::string& other) {
    const std::size_t at = text.find(part);
    EXPECT_NE(at, std::string::npos) << part << " is not in\n" << text;
    return at == std::string::npos ? text : text.replace(at, part.size(), other);
}

constexpr const char* kTile = "for o by 3, y by 2, vector z of 16 by 2:";
constexpr const char* kSum = "compute s in registers over i, dy, unrolled dx";

/// The layer with a tile that all tests know.
std::string layer() {
    std::string text = loops_of(kLayer);
    const std::size_t loops = text.find("for ");
    const std::size_t end = text.find("then a", loops);
    EXPECT_NE(end, std::string::npos) << text;
    return text.replace(loops, end - loops, std::string(kTile) + "\n" + kSum + "\n");
}

TEST(LoopsByHand, ReadBackAsTheSameText) {
    const std::string text = loops_of(kLayer);
    EXPECT_EQ(ir::print(ir::parse(text)), text);
    EXPECT_NE(text.find("then p, stored"), std::string::npos) << text;
}

TEST(LoopsByHand, ChangeTheCodeAndNotTheValues) {
    const std::string base = layer();
    std::set<std::string> codes;
    const std::vector<std::pair<const char*, const char*>> changes = {
        {kTile, kTile},
        {kTile, "for o by 8, y by 2, vector z of 16:"},
        {kTile, "for vector z of 16, o by 5, y by 4:"},
        {kTile, "for y by 2, o, vector z of 8 by 3:"},
        {kTile, "for y by 2, unrolled o by 2, vector z of 16:"},
        {kSum, "compute s in registers over i, dy, dx"},
        {kSum, "compute s in registers over unrolled dx, unrolled dy, unrolled i"},
        {kSum, "compute s in registers over dx, i, unrolled dy"},
        {"then p, stored", "for vector z of 16, o, y:\nthen p, stored"},  // replaced below
    };
    for (const auto& [part, other] : changes) {
        std::string text = with(base, part, other);
        if (text.find("for vector z of 16, o, y:") != std::string::npos) {
            // The fusion undone: the pool has loops of its own, and its activations go through memory.
            text = with(text, "for vector z of 16, o, y:\nthen p, stored\n", "");
            text = with(text, "then a\n", "then a, stored\n");
            text = with(text, "p: f32[channel 8, height 5, width 32]\n",
                        "for o, y, vector z of 16:\ncompute p over unrolled dy\np: f32[channel 8, height 5, width 32]\n");
        }
        SCOPED_TRACE(text);
        expect_equal_to_interpreter(text, {.only_outputs = true, .own_loops = true});
        ir::Graph graph = ir::parse(text);
        graph.outputs.push_back({"a", graph.find("a")});
        graph.stage = ir::Stage::planned;
        codes.insert(text);
    }
    EXPECT_EQ(codes.size(), changes.size());
}

/// The input gradient of a convolution in tiles that the padding cuts on all sides.
std::string cut_tile(int rows, int columns, const char* loops) {
    return fmt::format(R"(ricci 1 loops t
input d: f32[channel 5, height {0}, width {1}, batch 8]
input k: f32[channel 5, channel 3, tap_h 3, tap_w 3]
kernel g() {{
for {4}, vector b of 8, i:
compute g in registers over o, unrolled r, unrolled s
g: f32[channel 3, height {2}, width {3}, batch 8]
g[i, h, w, b] = sum(o: channel 5, r: tap_h 3, s: tap_w 3) pad(d[o, h - r, w - s, b], 0) * k[o, i, r, s]
}}
output g
)",
                       rows, columns, rows + 2, columns + 2, loops);
}

TEST(LoopsByHand, TilesThatNoGuardBreaksAreALoopAndTheirValuesStay) {
    for (const char* loops : {"unrolled h by 2, unrolled w by 3", "unrolled h by 5, unrolled w by 1",
                              "unrolled w by 2, unrolled h by 3", "unrolled h by 1, unrolled w by 4"}) {
        for (const auto& [rows, columns] : {std::pair(3, 2), {4, 9}, {5, 5}, {9, 3}, {11, 12}}) {
            const std::string text = cut_tile(rows, columns, loops);
            SCOPED_TRACE(text);
            for (const codegen::Target& target : {codegen::Target::host(), codegen::Target::named("avx2")})
                expect_equal_to_interpreter(text, {.target = target, .only_outputs = true, .own_loops = true});
        }
    }
}

TEST(LoopsByHand, ALargerImageHasNoMoreCode) {
    const auto lines = [](int rows, int columns) {
        passes::Remarks remarks;
        const ir::Graph graph = passes::run_to(
            ir::parse(cut_tile(rows, columns, "unrolled h by 2, unrolled w by 2")), ir::Stage::planned, {}, remarks);
        return std::ranges::count(codegen::llvm_text(graph, {.target = codegen::Target::named("avx2")}), '\n');
    };
    EXPECT_NEAR(static_cast<double>(lines(16, 16)), static_cast<double>(lines(32, 32)), 8);
}

TEST(LoopsByHand, AnotherVectorIndex) {
    constexpr const char* kProduct = R"(ricci 1 kernels net
input a: f32[feature 40, feature 24]
input b: f32[feature 24, feature 48]
input c: f32[feature 48, feature 24]
kernel first() {
y: f32[feature 40, feature 48]
y[i, j] = sum(k: feature 24) a[i, k] * b[k, j]
}
kernel second() {
z: f32[feature 40, feature 48]
z[i, j] = sum(k: feature 24) a[i, k] * c[j, k]
}
output y
output z
)";
    std::string text = loops_of(kProduct);
    for (const char* result : {"y", "z"}) {
        const std::size_t compute = text.find(fmt::format("compute {} in registers", result));
        ASSERT_NE(compute, std::string::npos) << text;
        const std::size_t loops = text.rfind("for ", compute);
        const std::size_t end = text.find(fmt::format("{}: f32", result), compute);
        text.replace(loops, end - loops,
                     result == std::string("y") ? "for i by 4, vector j of 16 by 3:\ncompute y in registers over k\n"
                                                : "for i by 3, j by 4:\ncompute z in registers over vector k of 8\n");
    }
    // Threads would share out rows, of which a tile then holds one.
    for (int i = 0; i < 2; ++i) text = with(text, " split i", "");
    expect_equal_to_interpreter(text, {.only_outputs = true, .own_loops = true});
    EXPECT_EQ(refusal(with(text, "for i by 3, j by 4:\ncompute z in registers over vector k of 8",
                           "for i by 3, vector j of 16:\ncompute z in registers over k")),
              "V24 kernel second: loops of z: no vector of a register tile lies along j: an operand lies neither "
              "contiguous along it nor still");
}

TEST(LoopsByHand, WhatCannotBeIsRefusedWithTheReason) {
    const std::string base = layer();
    const std::vector<std::array<std::string, 3>> cases = {
        {kTile, "for o by 3, y by 3, vector z of 16 by 2:",
         "loops of s: p is not computed from its registers: loop y goes by 3, but it takes windows of 2"},
        {kTile, "for o by 3, y by 2, vector z of 16 by 5:", "loops of s: loop z goes by 5, but there are 2 vectors"},
        {kTile, "for o by 9, y by 2, vector z of 16 by 2:", "loops of s: loop o goes by 9, but there are 8"},
        {kTile, "for o by 3, vector z of 16 by 2:", "loops of s: no loop runs over y"},
        {kTile, "for o by 3, y by 2, y, vector z of 16 by 2:", "loops of s: two loops run over y"},
        {kTile, "for o by 3, y by 2, i, vector z of 16 by 2:", "loops of s: two loops run over i"},
        {kTile, "for o by 3, y by 2, w, vector z of 16 by 2:",
         "loops of s: a loop runs over w, which is no index of its equation"},
        {kTile, "for o by 3, (y, z), vector z of 16:", "loops of s: two loops run over z"},
        {kTile, "for o by 3, y by 2, vector z of 12:",
         "loops of s: vectors of 12 lanes; those of f32 have 2, 4, 8 or 16"},
        {kTile, "for o by 3, vector y of 16 by 2, z by 2:",
         "loops of s: no vector of a register tile lies along y: the result does not lie contiguous along it"},
        {kTile, "for o by 3, y by 2, z by 2:", "loops of s: a register tile needs a vector"},
        {kTile, "for vector o of 16, y by 2, vector z of 16:", "loops of s: two loops are vectors"},
        {kSum, "compute s in registers over i by 3, dy, unrolled dx", "loops of s: loop i is reduced: it goes by 1"},
        {kSum, "compute s in registers over i, unrolled dy, dx",
         "loops of s: loop dx stands inside one that is unrolled; it must be unrolled too, or stand outside"},
        {kSum, "compute s in registers over i, dy", "loops of s: no loop runs over dx"},
        {kSum, "compute s in registers over i, dy, dx, z", "loops of s: two loops run over z"},
        {kSum, "compute s over i, dy, dx", "loops of s: only a register tile computes other equations with it"},
        {"then a\n", "", "loops of s: p is not one of the next 2 equations of the kernel"},
        {"then p, stored\n", "", "loops of s: it is not stored, but others read it"},
        {"then p, stored", "then p", "loops of s: p is not stored, but others read it"},
    };
    for (const auto& [part, other, reason] : cases) {
        const std::string got = refusal(with(base, part, other));
        const std::string expected =
            part == "then p, stored\n" && other.empty()
                ? "V24 kernel layer: loops of s: a is not stored, but others read it"
                : "V24 kernel layer: " + reason;
        EXPECT_EQ(got, expected) << other;
    }
}

TEST(LoopsByHand, ThreadsSplitRowsAlone) {
    const std::string base = layer();
    EXPECT_NE(base.find("kernel total() split o {"), std::string::npos) << base;
    EXPECT_EQ(refusal(with(base, "split o", "split y")),
              "V24 kernel total: threads cannot split y: it does not number rows of the result");
    EXPECT_EQ(refusal(with(base, "kernel layer()", "kernel layer() split y")),
              "V24 kernel layer: threads split y, which is no loop around all equations of the kernel");
    expect_equal_to_interpreter(with(base, " split o", ""), {.only_outputs = true, .own_loops = true});
}

TEST(LoopsByHand, EveryEquationHasLoopsFromTheirStageOn) {
    const std::string text = loops_of(kLayer);
    const std::size_t loops = text.find("    for ", text.find("kernel total"));
    const std::size_t end = text.find("    t: f32", loops);
    ASSERT_LT(end, text.size()) << text;
    std::string without = text;
    EXPECT_EQ(refusal(without.erase(loops, end - loops)), "V24 kernel total: no loops compute t; plan-loops writes loops for a text of stage kernels");
    const std::string early = with(text, "ricci 1 loops net", "ricci 1 kernels net");
    EXPECT_EQ(refusal(early), "V24 kernel layer has loops at stage kernels");
}

}  // namespace
}  // namespace ricci::testing
