// Operands that a contraction computes where it multiplies them: values, the sums that ride along, and when not.
#include "ir/loops/prologue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "codegen/compile.h"
#include "ir/loops/tile_view.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/loops/choose_vector.h"
#include "passes/pipeline.h"
#include "tests/codegen/equations.h"
#include "tests/loops.h"

namespace ricci::testing {
namespace {

using codegen::Target;

/// The gradient of an activation and a pool before the kernel gradient of a convolution; `{0}` is a type, `{1}` what
/// sums the operand.
constexpr const char* kStep = R"(ricci 1 kernels t
input images: {0}[batch ?, channel 1, height 10, width 12]
input hidden: {0}[batch ?, channel 3, height 8, width 10]
input pooled: {0}[batch ?, channel 3, height 4, width 5]
tile t(16) {{
    x: {0}[channel 1, height 10, width 12, batch ?]
    x[c, y, x, b] = images[b, c, y, x]  by copy enter
    h: {0}[channel 3, height 8, width 10, batch ?]
    h[c, y, x, b] = hidden[b, c, y, x]  by copy enter
    dp: {0}[channel 3, height 4, width 5, batch ?]
    dp[c, y, x, b] = pooled[b, c, y, x]  by copy enter
    kernel step() {{
        dz: {0}[channel 3, height 8, width 10, batch ?]
        dz[c, 2*py + r, 2*px + s, b] = 0.25 * dp[c, py, px, b] * {2} where py: height 4, r: tap_h 2, px: width 5, s: tap_w 2
        {1}
        dk: {0}[channel 3, channel 1, tap_h 3, tap_w 3]
        dk[o, i, r, s] = sum(b: batch ?, y: height 8, x: width 10) dz[o, y, x, b] * x[i, y + r, x + s, b]  by register tile
    }}
}}
dk.whole: {0}[channel 3, channel 1, tap_h 3, tap_w 3]
dk.whole[o, i, r, s] = dk[o, i, r, s]
{3}
output dk = dk.whole
)";
constexpr const char* kBias = R"(db: {0}[channel 3]
        db[c] = sum(b: batch ?, y: height 8, x: width 10) dz[c, y, x, b])";
constexpr const char* kBiasByWindows = R"(db: {0}[channel 3]
        db[c] = sum(b: batch ?, py: height 4, r: tap_h 2, x: width 10) dz[c, 2*py + r, x, b])";
constexpr const char* kDerivative = "(1 - h[c, 2*py + r, 2*px + s, b] * h[c, 2*py + r, 2*px + s, b])";

std::string step(const char* type, std::string sum, const char* derivative = kDerivative) {
    const std::string total = sum.empty() ? "" : "db.whole: {0}[channel 3]\ndb.whole[c] = db[c]\noutput db = db.whole";
    return fmt::format(kStep, type, fmt::format(fmt::runtime(sum), type), derivative,
                       fmt::format(fmt::runtime(total), type));
}

ir::Graph planned(const std::string& text, const Target& target) {
    passes::Remarks remarks;
    return passes::run_to(ir::parse(text), ir::Stage::planned, {.machine = test::machine_of(target)}, remarks);
}

/// Whether the kernel "step" stores vectors, that is, its operand.
bool stores_operand(const std::string& text, const char* target) {
    const Target named = Target::named(target);
    const std::string code = codegen::llvm_text(planned(text, named), {.target = named, .threads = 1});
    const std::size_t first = code.find("define void @t.step(");
    EXPECT_NE(first, std::string::npos) << code;
    return code.substr(first, code.find("\n}", first) - first).find("store <") != std::string::npos;
}

/// For a tile that is not full, and several tiles with and without such a one.
void check(const std::string& text) {
    for (const Target& target : {Target::host(), Target::named("avx2")}) {
        for (std::int64_t batch : {5, 32, 37}) {
            expect_equal_to_interpreter(text, {.target = target, .batch = batch, .only_outputs = true});
        }
    }
}

TEST(Prologue, AnOperandIsComputedWhereItIsMultipliedAndNotStored) {
    for (const char* type : {"f32", "f64"}) {
        const std::string text = step(type, "");
        EXPECT_FALSE(stores_operand(text, "avx512")) << type;
        check(text);
    }
}

TEST(Prologue, ASumOfTheOperandRidesAlong) {
    for (const char* type : {"f32", "f64"}) {
        for (const char* sum : {kBias, kBiasByWindows}) {
            const std::string text = step(type, sum);
            EXPECT_FALSE(stores_operand(text, "avx512")) << type << "\n" << sum;
            check(text);
        }
    }
}

TEST(Prologue, WhatIsNoSampleAddsNothing) {
    // exp(0) is not 0: what the lanes beyond the batch compute must not reach the sums.
    check(step("f32", kBias, "exp(h[c, 2*py + r, 2*px + s, b])"));
}

TEST(Prologue, AnOperandMayAskForNumbersAndChoose) {
    const std::string text = step("f32", kBias, "select(h[c, 2*py + r, 2*px + s, b] > 0, f32(2*r + s), f32(py))");
    EXPECT_FALSE(stores_operand(text, "avx512"));
    check(text);
}

/// The text with one part in another's place.
std::string with(std::string text, std::string_view part, std::string_view other) {
    const std::size_t at = text.find(part);
    EXPECT_NE(at, std::string::npos) << part;
    return at == std::string::npos ? text : text.replace(at, part.size(), other);
}

TEST(Prologue, TheProductMayHaveThreeFactors) {
    std::string text = with(step("f32", kBias), "x[i, y + r, x + s, b]  by ", "x[i, y + r, x + s, b] * row[y]  by ");
    text = with(text, "tile t(16)", "input row: f32[height 8]\ntile t(16)");
    EXPECT_FALSE(stores_operand(text, "avx512"));
    check(text);
}

TEST(Prologue, TheContractionMayComeBeforeTheSum) {
    std::string text = with(step("f32", ""), "by register tile\n",
                            "by register tile\n        db: f32[channel 3]\n"
                            "        db[c] = sum(b: batch ?, y: height 8, x: width 10) dz[c, y, x, b]\n");
    text = with(text, "output dk", "db.whole: f32[channel 3]\ndb.whole[c] = db[c]\noutput db = db.whole\noutput dk");
    EXPECT_FALSE(stores_operand(text, "avx512"));
    check(text);
}

TEST(Prologue, AnOperandOfMoreResultsThanRegistersIsStored) {
    // 16 registers do not hold 9 results of 2 channels, and a sum needs all of an element's results at once.
    std::string text = step("f32", kBias);
    for (std::size_t at = 0; (at = text.find("channel 1", at)) != std::string::npos;) text.replace(at, 9, "channel 2");
    EXPECT_TRUE(stores_operand(text, "avx2"));
    EXPECT_FALSE(stores_operand(text, "avx512"));
    check(text);
}

TEST(Prologue, AnOperandThatIsReadElsewhereIsStored) {
    std::string text = with(step("f32", kBias), "    }\n}\n", R"(    }
    kernel last() {
        most: f32[channel 3]
        most[c] = sum(b: batch ?, y: height 8, x: width 10) dz[c, y, x, b] * dz[c, y, x, b]
    }
}
most.whole: f32[channel 3]
most.whole[c] = most[c]
output most = most.whole
)");
    EXPECT_TRUE(stores_operand(text, "avx512"));
    check(text);
}

TEST(Prologue, ASumOverOtherPointsIsNotMadeOnTheWay) {
    const std::string sum = R"(db: {0}[channel 3]
        db[c] = sum(b: batch ?, y: height 7, x: width 10) dz[c, y + 1, x, b])";
    EXPECT_TRUE(stores_operand(step("f32", sum), "avx512"));
    check(step("f32", sum));
}

TEST(Prologue, AWindowedIndexBecomesItsParts) {
    const ir::Graph graph = ir::tile_view(planned(step("f32", kBias), Target::named("avx512")));
    const auto find = [&](const char* name) {
        return *std::ranges::find(graph.equations, graph.find(name), &ir::Equation::result);
    };
    const ir::Equation operand = find("dz");
    const ir::Equation contraction = find("dk");
    const ir::Equation sum = find("db");
    const std::array<const ir::Equation*, 1> sums = {&sum};
    const OrReason<ir::Nest> nest =
        ir::with_prologue(graph, operand, contraction, sums, 16, [&](const ir::Equation& joined) {
            return passes::choose_nest(graph, joined, {{}, 16}, 16);
        });
    ASSERT_TRUE(nest);
    EXPECT_EQ(nest->levels.size(), 8U);  // o, r, s of the result; b, py, r, px, s
    EXPECT_EQ(nest->reads.size(), 3U);
    ASSERT_EQ(nest->prologue->sums.size(), 1U);
    EXPECT_EQ(nest->prologue->sums[0].equation, &sum);
    ASSERT_EQ(ir::factors_of(*nest).size(), 2U);
    EXPECT_EQ(ir::factors_of(*nest)[0].reads, (std::vector<std::size_t>{0, 1}));
}

}  // namespace
}  // namespace ricci::testing
