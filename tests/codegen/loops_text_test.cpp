// The plan of each kernel as text: what `ricci opt --emit=loops` prints.
#include <gtest/gtest.h>

#include "codegen/compile.h"
#include "ir/text/parser.h"
#include "passes/pipeline.h"

namespace ricci::codegen {
namespace {

std::string loops_of(const std::string& text, const char* cpu) {
    passes::Remarks remarks;
    const ir::Graph planned = passes::run_to(ir::parse(text), ir::Stage::planned, {.tile = "off"}, remarks);
    return loops_text(planned, {.target = Target::named(cpu)});
}

const std::string kLayer =
    "ricci 1 step net\ninput x: f32[feature 30, batch 32]\nparameter w: f32[class 10, feature 30]\n"
    "h[o, b] = sum(i) x[i, b] * w[o, i]\noutput h\n";

TEST(LoopsText, OfARegisterTileSaysItsLoopsSumsAndCycles) {
    EXPECT_EQ(loops_of(kLayer, "avx512"),
              "kernel net.h() {\n"
              "    h[o, b] = sum(i: feature 30) x[i, b] * w[o, i]  by register tile\n"
              "    for vector b 32 of 16 lanes by 2, o 10:  # threads split o\n"
              "        2 sums in registers over i 30  # 2.26 cycles a vector of products\n"
              "}\n");
}

TEST(LoopsText, FollowsTheSchedule) {
    std::string by_loops = kLayer;
    by_loops.insert(by_loops.find("\noutput"), "  by loops");
    const std::string text = loops_of(by_loops, "avx512");
    EXPECT_NE(text.find("one sum at a time over i 30"), std::string::npos) << text;
    EXPECT_EQ(text.find("in registers"), std::string::npos) << text;
}

TEST(LoopsText, NamesCallsAndTransposes) {
    const std::string text = loops_of(
        "ricci 1 step net\ninput x: f32[height 64, width 48]\ny[c, r] = x[r, c] where c: width 48, r: height 64\noutput y\n",
        "avx512");
    EXPECT_NE(text.find("transposed in registers, blocks of 16 x 16: "), std::string::npos) << text;
    std::string by_blas = kLayer;
    by_blas.insert(by_blas.find("\noutput"), "  by blas");
    EXPECT_NE(loops_of(by_blas, "avx2").find("    calls BLAS\n"), std::string::npos);
}

}  // namespace
}  // namespace ricci::codegen
