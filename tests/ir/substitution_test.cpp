// Substitution keeps kinds: it finds another spelling, or does nothing and says why.
#include "ir/analysis/substitution.h"

#include <gtest/gtest.h>

#include "ir/print/print.h"
#include "ir/text/parser.h"

namespace ricci::ir {
namespace {

/// The last equation with the body of the one before it, as text; or why not.
std::string inlined(const std::string& equations) {
    const Graph graph = parse("ricci 1 model\n" + equations);
    const Equation& reader = graph.equations.back();
    const Equation& producer = graph.equations[graph.equations.size() - 2];
    std::string why_not;
    const std::optional<Equation> made = with_body_of(graph, producer, reader, &why_not);
    EXPECT_EQ(made.has_value(), why_not.empty());
    return made ? print(graph, *made) : why_not;
}

TEST(Substitution, AnIndexOfFeaturesTakesTheKindOfItsNewAxis) {
    EXPECT_EQ(inlined("input p: f32[batch ?, channel 4, height 1, width 1]\n"
                      "f: f32[batch ?, feature 4]\nf[b, (c, y, x)] = p[b, c, y, x]\n"
                      "r: f32[batch ?, feature 4]\nr[b, f1] = 2 * f[b, f1]"),
              "r[b, (f1)] = 2 * p[b, f1, 0, 0] where f1: channel 4");
}

TEST(Substitution, ASumOverFeaturesBecomesOneOverTheAxis) {
    EXPECT_EQ(inlined("input p: f32[batch ?, channel 4]\nparameter w: f32[class 3, feature 4]\n"
                      "f: f32[batch ?, feature 4]\nf[b, (c)] = p[b, c]\n"
                      "r: f32[batch ?, class 3]\nr[b, k] = sum(i: feature 4) f[b, i] * w[k, i]"),
              "r[b, k] = sum(i: channel 4) p[b, i] * w[k, (i)]");
}

TEST(Substitution, AFixedMemberOfATupleLeavesTheOthers) {
    EXPECT_EQ(inlined("input x: f32[feature 3]\nv: f32[left 3, right 1]\nv[a, b] = x[(a, b)]\n"
                      "y: f32[left 3]\ny[a] = v[a, 0] * 2"),
              "y[a] = x[(a)] * 2");
}

TEST(Substitution, ATupleOfOtherKindsIsRefused) {
    EXPECT_EQ(inlined("input x: f32[channel 6, time 2]\nf: f32[feature 12]\nf[(i, j)] = x[i, j]\n"
                      "y: f32[height 2, channel 3, time 2]\ny[a, b, c] = f[(a, b, c)]"),
              "index 3*a + b (a: height, b: channel) stands on axis 0 of x, a channel");
}

TEST(Substitution, PartOfATupleOnOtherKindsIsRefused) {
    EXPECT_EQ(inlined("input x: f32[feature 6]\nv: f32[left 3, right 2]\nv[a, b] = x[(a, b)]\n"
                      "y: f32[left 3]\ny[a] = v[a, 1]"),
              "index 2*a + 1 (a: left) stands on axis 0 of x, a feature");
}

TEST(Substitution, ATwoFoldWindowIsOneOfItsPosition) {
    EXPECT_EQ(inlined("input x: f32[height 9]\na: f32[height 8, tap_h 2]\na[y, d] = x[y + d]\n"
                      "c: f32[height 4, tap_h 2]\nc[y, d] = a[2*y + d, 0]"),
              "c[y, d] = x[2*y + d]");
    EXPECT_EQ(inlined("input x: f32[height 9]\na: f32[height 8, tap_h 2]\na[y, d] = x[y + d]\n"
                      "c: f32[tap_h 2]\nc[d] = a[0, d]"),
              "index d (d: tap_h) stands on axis 0 of x, a height");
}

TEST(Substitution, AKindThatSomethingElseNeedsStays) {
    // f1 would have to be a channel for p, and stays a feature for the first half of w.
    EXPECT_EQ(inlined("input p: f32[channel 4]\ninput w: f32[feature 8]\nf: f32[feature 4]\nf[(c)] = p[c]\n"
                      "r: f32[feature 4]\nr[f1] = f[f1] * w[f1 + 0]"),
              "index f1 (f1: feature) stands on axis 0 of p, a channel");
}

TEST(Substitution, PaddingAndUnknownPlacesAreNamed) {
    EXPECT_EQ(inlined("input x: f32[feature 4]\nf: f32[feature 4]\nf[i] = 2 * x[i]\nr: f32[feature 4]\n"
                      "r[i] = pad(f[i - 1], 0)"),
              "f is padded");
    EXPECT_EQ(inlined("input x: f32[channel 2, width 3]\nf: f32[feature 6]\nf[(i, j)] = 2 * x[i, j]\n"
                      "r: f32[feature 6]\nr[i] = f[i]"),
              "the places of f that are read do not tell the indices it is written by");
}

TEST(Substitution, TheWholeEquationIsRewrittenOrNothing) {
    const Graph graph = parse(
        "ricci 1 model\ninput g: f32[feature 4]\nd: f32[feature 9]\n"
        "d[2*i + j] += g[i] where i: feature 4, j: feature 2\n");
    const Equation& scatter = graph.equations[0];
    // i - 2*j on an axis of features: no tuple, and two positions do not add up.
    std::vector<Affine> with = {Affine::of(0) - 2 * Affine::of(1), Affine::of(1)};
    EXPECT_FALSE(substituted(graph, scatter, scatter.indices, with));
    with = {Affine::of(1), Affine::of(0)};
    const std::vector<Index> swapped = {scatter.indices[1], scatter.indices[0]};
    const std::optional<Equation> made = substituted(graph, scatter, swapped, with);
    ASSERT_TRUE(made);
    EXPECT_EQ(print(graph, *made), "d[j + 2*i] += g[i] where j: feature 2, i: feature 4");
}

}  // namespace
}  // namespace ricci::ir
