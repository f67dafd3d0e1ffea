/// \file tests/ir/work_test.cpp
/// Operations and bytes counted from equations, against counts made by hand.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ir/analysis/work.h"
#include "ir/text/parser.h"

namespace ricci::ir {
namespace {

Graph graph_of(const std::string& lines) { return parse("ricci 1 step work\n" + lines, "work.ein"); }

TEST(Work, AProductOfMatricesIsTwoOperationsAPoint) {
    const Graph graph = graph_of(
        "input x: f32[batch ?, feature 3]\n"
        "parameter w: f32[feature 5, feature 3]\n"
        "y: f32[batch ?, feature 5]\n"
        "y[b, o] = sum(i: feature 3) x[b, i] * w[o, i]\n"
        "output y\n");
    const Work work = work_of(graph, 7);
    EXPECT_EQ(work.product_flop, 2 * 7 * 5 * 3);
    EXPECT_EQ(work.other_flop, 0);
    EXPECT_EQ(work.bytes, 4 * (7 * 3 + 5 * 3 + 7 * 5));
}

TEST(Work, FunctionsOfAPointAreOneEachAndWhatIsTheSameAtEachPointIsNone) {
    const Graph graph = graph_of(
        "input x: f32[batch ?, feature 4]\n"
        "y: f32[batch ?, feature 4]\n"
        "y[b, f] = tanh(x[b, f] * x[b, f]) / f32(extent(b))\n"
        "total: f32[feature 4]\n"
        "total[f] = sum(b: batch ?) y[b, f]\n"
        "output total\n");
    EXPECT_EQ(work_of(graph, graph.equations[0], 2).flop(), 2 * 4 * 3);
    EXPECT_EQ(work_of(graph, graph.equations[1], 2).flop(), 2 * 4) << "additions alone";
    EXPECT_EQ(work_of(graph, 2).product_flop, 0);
    EXPECT_EQ(work_of(graph, 2).flop(), 2 * 4 * 4);
}

TEST(Work, AConvolutionAndItsImageGradientHaveTheFormulaOfBooks) {
    const Graph graph = graph_of(
        "input x: f32[batch ?, channel 3, height 8, width 8]\n"
        "input dy: f32[batch ?, channel 4, height 8, width 8]\n"
        "parameter w: f32[channel 4, channel 3, tap_h 3, tap_w 3]\n"
        "y: f32[batch ?, channel 4, height 8, width 8]\n"
        "y[b, o, y, x] = sum(i: channel 3, r: tap_h 3, s: tap_w 3) pad(x[b, i, y + r - 1, x + s - 1], 0) * w[o, i, r, s]\n"
        "output y\n");
    EXPECT_EQ(work_of(graph, 5).product_flop, 2.0 * 5 * 4 * 8 * 8 * 3 * 3 * 3);
}

TEST(Work, OfALookUpIsThatOfTheRowsThatAreRead) {
    const Graph graph = graph_of(
        "input tokens: i32<vocab 65>[batch ?, time 8]\n"
        "input g: f32[batch ?, time 8, feature 4]\n"
        "parameter e: f32[vocab 65, feature 4]\n"
        "parameter s: f32[feature 4]\n"
        "y: f32[batch ?, time 8, feature 4]\n"
        "y[b, t, f] = e[tokens[b, t], f]\n"
        "scaled: f32[batch ?, time 8, feature 4]\n"
        "scaled[b, t, f] = s[f] * e[tokens[b, t], f]\n"
        "d: f32[vocab 65, feature 4]\n"
        "d[tokens[b, t], f] += g[b, t, f] * s[f] where b: batch ?, t: time 8\n"
        "x: f32[batch ?, feature 4]\n"
        "x[b, f] = sum(t: time 8) e[tokens[b, t], f]\n"
        "output y\noutput scaled\noutput d\noutput x\n");
    const double elements = 3 * 8 * 4;  // of a batch of 3
    // Two copies, a product of the second, products that are added, additions.
    const std::vector<double> flop = {0, 0, elements, 2 * elements, elements};
    ASSERT_EQ(graph.equations.size(), flop.size());
    std::size_t at = 0;
    for (const Equation& equation : graph.equations) {
        const Work work = work_of(graph, equation, 3);
        EXPECT_EQ(work.flop(), flop.at(at)) << at;
        EXPECT_EQ(work.product_flop, 0) << at;
        ++at;
    }
}

}  // namespace
}  // namespace ricci::ir
