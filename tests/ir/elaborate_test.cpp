// What elaborate infers: kinds, extents, types, implied sums, and the order of the indices.
#include "tests/ir/elaborate_helpers.h"

namespace ricci::ir {
namespace {

Graph images() {
    return graph_of({{"x", type_of({{"batch", kOpen}, {"channel", 3}, {"height", 28}, {"width", 28}})},
                     {"k", type_of({{"channel", 6}, {"channel", 3}, {"tap_h", 5}, {"tap_w", 5}}), Role::parameter},
                     {"bias", type_of({{"channel", 6}}), Role::parameter},
                     {"w", type_of({{"feature", 4}, {"feature", 7}})},
                     {"v", type_of({{"feature", 7}})},
                     {"u", type_of({{"feature", 7}})},
                     {"labels", type_of({{"batch", kOpen}}, i32)}});
}

TEST(Elaborate, SumsRepeatedCapitals) {
    Graph graph = images();
    EXPECT_EQ(elaborated(graph, "y[i] = w[i, J] * v[J]"),
              "y: f32[feature 4]\ny[i] = sum(J: feature 7) w[i, J] * v[J]\n");
}

TEST(Elaborate, InfersAConvolutionLayer) {
    Graph graph = images();
    EXPECT_EQ(
        elaborated(graph, "L[b, y, x, n] = relu(k[n, I, DY, DX] * x[b, I, y + DY, x + DX] - bias[n])"),
        "L.sum: f32[batch ?, height 24, width 24, channel 6]\n"
        "L.sum[b, y, x, n] = sum(I: channel 3, DY: tap_h 5, DX: tap_w 5) k[n, I, DY, DX] * x[b, I, y + DY, x + DX]\n"
        "L: f32[batch ?, height 24, width 24, channel 6]\n"
        "L[b, y, x, n] = max(L.sum[b, y, x, n] - bias[n], 0)\n");
}

TEST(Elaborate, InfersPoolingFromTheWindow) {
    Graph graph = images();
    EXPECT_EQ(elaborated(graph, "p[b, c, y, x] = max(dy: 2, dx: 2) x[b, c, 2*y + dy, 2*x + dx]"),
              "p: f32[batch ?, channel 3, height 14, width 14]\n"
              "p[b, c, y, x] = max(dy: tap_h 2, dx: tap_w 2) x[b, c, 2*y + dy, 2*x + dx]\n");
}

TEST(Elaborate, PadsAsMuchAfterAsBefore) {
    Graph graph = images();
    EXPECT_EQ(elaborated(graph, "p[b, c, y, x] = max(dy: 3, dx: 3) pad(x[b, c, 2*y + dy - 1, 2*x + dx - 1], -inf)"),
              "p: f32[batch ?, channel 3, height 14, width 14]\n"
              "p[b, c, y, x] = max(dy: tap_h 3, dx: tap_w 3) pad(x[b, c, 2*y + dy - 1, 2*x + dx - 1], -inf)\n");
}

TEST(Elaborate, TakesStridesFromTheScope) {
    Graph graph = images();
    EXPECT_EQ(
        elaborated(graph, "p[b, c, y, x] = max(dy: 2, dx: 2) x[b, c, s*y + dy, s*x + dx]", {.constants = {{"s", 4}}}),
        "p: f32[batch ?, channel 3, height 7, width 7]\n"
        "p[b, c, y, x] = max(dy: tap_h 2, dx: tap_w 2) x[b, c, 4*y + dy, 4*x + dx]\n");
}

TEST(Elaborate, FlattensTuplesToFeatures) {
    Graph graph = images();
    EXPECT_EQ(elaborated(graph, "f[b, (c, y, x)] = x[b, c, y, x]"),
              "f: f32[batch ?, feature 2352]\n"
              "f[b, (c, y, x)] = x[b, c, y, x] where c: channel 3, y: height 28, x: width 28\n");
}

TEST(Elaborate, ReadsATupleWithOneExtentOpen) {
    Graph graph = images();
    EXPECT_EQ(
        elaborated(
            graph, "f[b, g: channel 3, o, y, x] = k2[b, (g, o), y, x]",
            {.values = {{"k2", graph.add({.name = "k2",
                                          .type = type_of({{"batch", 2}, {"channel", 12}, {"height", 1}, {"width", 1}}),
                                          .role = Role::input})}}}),
        "f: f32[batch 2, channel 3, channel 4, height 1, width 1]\n"
        "f[b, g, o, y, x] = k2[b, (g, o), y, x]\n");
}

TEST(Elaborate, WritesAScatter) {
    Graph graph = images();
    elaborated(graph, "g[b, o, y, x] = sum(i, dy, dx) x[b, i, y + dy, x + dx] * k[o, i, dy, dx]");
    graph.add({.name = "d", .type = type_of({{"batch", kOpen}, {"channel", 3}, {"height", 28}, {"width", 28}})});
    EXPECT_EQ(
        elaborated(graph, "d[b, i, y + dy, x + dx] += g[b, o, y, x] * k[o, i, dy, dx]"),
        "d: f32[batch ?, channel 3, height 28, width 28]\n"
        "d[b, i, y + dy, x + dx] += g[b, o, y, x] * k[o, i, dy, dx] where y: height 24, dy: tap_h 5, x: width 24, "
        "dx: tap_w 5, o: channel 6\n");
}

TEST(Elaborate, InfersTheExtentsOfAScatterWithoutAType) {
    Graph graph = images();
    EXPECT_EQ(
        elaborated(
            graph, "d[y + dy] += v2[y] * k[O, I, dy, DX]",
            {.values = {{"v2", graph.add({.name = "v2", .type = type_of({{"height", 3}}), .role = Role::input})}}}),
        "d: f32[height 7]\n"
        "d[y + dy] += v2[y] * k[O, I, dy, DX] where y: height 3, dy: tap_h 5, O: channel 6, I: channel 3, DX: tap_w "
        "5\n");
}

TEST(Elaborate, SumsEachTermOnItsOwn) {
    Graph graph = images();
    EXPECT_EQ(elaborated(graph, "y[] = v[J] * v[J] + u[J] * u[J]"),
              "y.sum: f32[]\ny.sum[] = sum(J: feature 7) v[J] * v[J]\n"
              "y.sum.2: f32[]\ny.sum.2[] = sum(J: feature 7) u[J] * u[J]\n"
              "y: f32[]\ny[] = y.sum[] + y.sum.2[]\n");
}

TEST(Elaborate, SumsADivisorOnItsOwn) {
    Graph graph = images();
    EXPECT_EQ(elaborated(graph, "y[i] = v[i] / u[j]"),
              "y.sum: f32[]\ny.sum[] = sum(j: feature 7) u[j]\ny: f32[feature 7]\ny[i] = v[i] / y.sum[]\n");
}

TEST(Elaborate, KeepsAWholeProductInItsSum) {
    Graph graph = images();
    EXPECT_EQ(elaborated(graph, "y[i] = -(w[i, J] * v[J]) / 2"),
              "y: f32[feature 4]\ny[i] = sum(J: feature 7) -(w[i, J] * v[J]) / 2\n");
}

TEST(Elaborate, MakesOneSumOfNestedSums) {
    Graph graph = images();
    EXPECT_EQ(elaborated(graph, "y[] = sum(i) sum(j) w[i, j] * v[j]"),
              "y: f32[]\ny[] = sum(i: feature 4, j: feature 7) w[i, j] * v[j]\n");
}

TEST(Elaborate, GivesAnInnerReductionItsOwnEquation) {
    Graph graph = images();
    EXPECT_EQ(elaborated(graph, "y[i] = sum(j) exp(w[i, j] - max(j) w[i, j])"),
              "y.max: f32[feature 4]\ny.max[i] = max(j: feature 7) w[i, j]\n"
              "y: f32[feature 4]\ny[i] = sum(j: feature 7) exp(w[i, j] - y.max[i])\n");
}

TEST(Elaborate, ComparesIndicesWithLabels) {
    Graph graph = images();
    EXPECT_EQ(elaborated(graph, "s[b, c: class 10] = select(labels[b] == c, 1, 0)"),
              "s: f32[batch ?, class 10]\ns[b, c] = select(labels[b] == i32(c), 1, 0)\n");
}

TEST(Elaborate, NumbersTakeTheTypeOfTheDeclaredResult) {
    Graph graph = images();
    graph.add({.name = "s", .type = type_of({{"batch", kOpen}}, f64)});
    EXPECT_EQ(elaborated(graph, "s[b] = select(labels[b] > 3, 1, 0.5)"),
              "s: f64[batch ?]\ns[b] = select(labels[b] > 3, 1, 0.5)\n");
}

TEST(Elaborate, CountsSamplesWithExtent) {
    Graph graph = images();
    EXPECT_EQ(elaborated(graph, "m[] = sum(b: batch ?) f32(labels[b]) / f32(extent(b))"),
              "m: f32[]\nm[] = sum(b: batch ?) f32(labels[b]) / f32(extent(b))\n");
}

TEST(Elaborate, AnExtentIsOneNumberWhereverItStands) {
    Graph graph = images();
    EXPECT_EQ(elaborated(graph, "m[] = (sum(b: batch ?) f32(labels[b])) / f32(extent(b))"),
              "m.sum: f32[]\nm.sum[] = sum(b: batch ?) f32(labels[b])\nm.max: i64[]\nm.max[] = max(b: batch ?) extent(b)\n"
              "m: f32[]\nm[] = m.sum[] / f32(m.max[])\n");
    EXPECT_EQ(elaborated(graph, "n[i] = (sum(j) w[i, j]) / f32(extent(j))"),
              "n.sum: f32[feature 4]\nn.sum[i] = sum(j: feature 7) w[i, j]\nn.max: i64[]\n"
              "n.max[] = max(j: feature 7) extent(j)\nn: f32[feature 4]\nn[i] = n.sum[i] / f32(n.max[])\n");
    // No use that a sum is implied by: this is 7, and not 49.
    EXPECT_EQ(elaborated(graph, "e[] = extent(j) where j: feature 7"),
              "e.max: i64[]\ne.max[] = max(j: feature 7) extent(j)\ne: i64[]\ne[] = e.max[]\n");
    EXPECT_EQ(elaborated(graph, "s[i] = w[i, j] + f32(extent(j))"),
              "s.sum: f32[feature 4]\ns.sum[i] = sum(j: feature 7) w[i, j]\ns.max: i64[]\n"
              "s.max[] = max(j: feature 7) extent(j)\ns: f32[feature 4]\ns[i] = s.sum[i] + f32(s.max[])\n");
}

TEST(Elaborate, GivesArgmaxAsI64) {
    Graph graph = images();
    EXPECT_EQ(elaborated(graph, "a[i] = argmax(j) w[i, j]"),
              "a: i64[feature 4]\na[i] = argmax(j: feature 7) w[i, j]\n");
}

TEST(Elaborate, SlicesWithAnOffset) {
    Graph graph = images();
    EXPECT_EQ(elaborated(graph, "a[i: 3] = v[i + 2]"), "a: f32[feature 3]\na[i] = v[i + 2]\n");
}

TEST(Elaborate, ReadsBackwards) {
    Graph graph = images();
    EXPECT_EQ(elaborated(graph, "a[i] = v[6 - i]"), "a: f32[feature 7]\na[i] = v[-i + 6]\n");
}

TEST(Elaborate, LeavesTheGraphAsItWasOnRefusal) {
    Graph graph = images();
    std::size_t values = graph.values.size();
    EXPECT_EQ(refusal(graph, "y[i] = exp(w[i, J] * v[J]) + labels[0]"),
              "lenet.cpp:20: y[i]: add: labels is i32 but meets f32; write f32(...) around one of them");
    EXPECT_EQ(graph.values.size(), values);
    EXPECT_TRUE(graph.equations.empty());
}

}  // namespace
}  // namespace ricci::ir
