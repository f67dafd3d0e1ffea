// What elaborate refuses, with its exact messages.
#include "tests/ir/elaborate_helpers.h"

namespace ricci::ir {
namespace {

class Refused : public ::testing::Test {
  protected:
    Graph graph =
        graph_of({{"L0", type_of({{"batch", 2}, {"channel", 3}, {"height", 28}, {"width", 28}})},
                  {"w", type_of({{"channel", 6}, {"channel", 3}}), Role::parameter},
                  {"k", type_of({{"channel", 6}, {"channel", 3}, {"tap_h", 28}, {"tap_w", 5}}), Role::parameter},
                  {"p", type_of({{"batch", kOpen}, {"channel", 5}})},
                  {"f", type_of({{"feature", 7}})},
                  {"n", type_of({{"class", 7}}, i32)},
                  {"t", type_of({{"height", 4}, {"tap_h", 3}})},
                  {"rate", type_of({})}});
    std::string of(const std::string& text) {
        std::string message = refusal(graph, text);
        const std::string prefix = "lenet.cpp:20: ";
        EXPECT_EQ(message.substr(0, prefix.size()), prefix) << message;
        return message.substr(std::min(message.size(), prefix.size()));
    }
};

TEST_F(Refused, HeightForWidthOfEqualExtent) {
    EXPECT_EQ(of("L1[b: batch, y: height, x: width, n: channel] = L0[b, n, x, y]"),
              "L1[b, y, x, n]: index x has kind width, but axis 2 of L0 is height (both 28); did you mean y?");
}

TEST_F(Refused, ATupleOfOneOnAnAxisThatIsNoFeature) {
    EXPECT_EQ(of("L1[y: height 6] = w[(y), 0]"),
              "L1[y]: index y has kind height, but axis 0 of w is channel (both 6)");
}

TEST_F(Refused, AnIndexTwiceInATuple) {
    EXPECT_EQ(of("L1[i: channel 2] = f[(i, i)]"),
              "L1[i]: (i, i) holds index i twice; each part of a flattened axis has an index of its own");
}

TEST_F(Refused, ATupleOfOneThatDoesNotFillItsAxis) {
    EXPECT_EQ(of("L1[i: channel 5] = f[(i)]"), "L1[i]: (i) has 5 elements, but axis 0 of f is feature 7");
}

TEST_F(Refused, AValueForEachThreeSamples) {
    EXPECT_EQ(
        of("a[b, c, d] = p[b, I] * p[c, I] * p[d, I]"),
        "a[b, c, d]: a has an element for each b, c, d, all of the open batch; a value has 2 open axes at the most, "
        "so sum over one of them first");
    EXPECT_EQ(of("a[b] = sum(c: batch, d: batch) exp(p[b, I] * p[c, I] * p[d, I])"),
              "a[b]: this sum has an element for each b, c, d, all of the open batch; a value has 2 open axes at the "
              "most, so sum over one of them first");
}

TEST_F(Refused, OneIndexOnTwoKinds) {
    EXPECT_EQ(of("L1[b, y, n] = L0[b, n, y, y]"),
              "L1[b, y, n]: index y has kind height, but axis 3 of L0 is width (both 28)");
}

TEST_F(Refused, WidthForHeightInAWindow) {
    EXPECT_EQ(of("L1[b, i, y: height, x: width] = sum(dy: tap_h 3, dx: tap_w 3) L0[b, i, x + dy, x + dx]"),
              "L1[b, i, y, x]: index x has kind width, but axis 2 of L0 is height (26 and 28); did you mean y?");
}

TEST_F(Refused, ATapWhereAPositionBelongs) {
    EXPECT_EQ(
        of("L1[b, n, y: height 1, x] = sum(i, dy, dx) L0[b, i, dy, x + dx] * k[n, i, dy, dx]"),
        "L1[b, n, y, x]: index dy has kind tap_h, but axis 2 of L0 is height (both 28); a tap is added to a position, "
        "as in y + dy");
}

TEST_F(Refused, APositionWhereATapBelongs) {
    EXPECT_EQ(of("a[y] = sum(x: width 5) t[y, x]"), "a[y]: index x has kind width, but axis 1 of t is tap_h (5 and 3)");
    EXPECT_EQ(of("a[y: height] = t[y, y]"),
              "a[y]: index y has kind height, but axis 1 of t is tap_h (4 and 3); a position does "
              "not stand where an offset in a window belongs");
}

TEST_F(Refused, TwoPositionsAddedUp) {
    EXPECT_EQ(
        of("a[y: height 3, z: height 3] = L0[0, 0, y + z, 0]"),
        "a[y, z]: indices y and z both have kind height, and positions do not add up; in y + z on axis 2 of L0 one is "
        "to be a tap_h");
}

TEST_F(Refused, ChannelsForFeatures) {
    EXPECT_EQ(of("a[c: channel 7] = f[c]"), "a[c]: index c has kind channel, but axis 0 of f is feature (both 7)");
}

TEST_F(Refused, ExtentsThatDiffer) {
    EXPECT_EQ(of("a[b, o] = sum(i) p[b, i] * w[o, i]"),
              "a[b, o]: index i is 5 in p (axis 1, channel) but 3 in w (axis 1, channel)");
}

TEST_F(Refused, ADeclaredExtentThatDiffers) {
    EXPECT_EQ(of("a[] = sum(i: 6) f[i]"), "a[]: index i is declared 6 but 7 in f (axis 0, feature)");
}

TEST_F(Refused, ADeclaredResultThatDiffers) {
    graph.add({.name = "a", .type = type_of({{"feature", 6}})});
    EXPECT_EQ(of("a[i] = f[i]"), "a[i]: index i is 6 in a (axis 0, feature) but 7 in f (axis 0, feature)");
}

TEST_F(Refused, AnUndeterminedExtent) {
    EXPECT_EQ(of("a[b, c, y, x] = sum(dy: tap_h) L0[b, c, y + dy, x]"),
              "a[b, c, y, x]: extent of index y is not determined by any use; declare it, as in where y: height 2");
    EXPECT_EQ(of("a[b, c, y: height 27, x] = sum(dy: tap_h, d2: tap_h) L0[b, c, y + dy + d2, x]"),
              "a[b, c, y, x]: extent of index dy is not determined by any use; declare it, as in sum(dy: tap_h 2)");
}

TEST_F(Refused, AnUndeterminedKind) {
    EXPECT_EQ(of("a[k: 10] = 1"),
              "a[k]: kind of index k is not determined by any use; declare it, as in where k: class 2");
}

TEST_F(Refused, AReadOutOfBounds) {
    EXPECT_EQ(of("a[b, c, y: height 28, x] = sum(dy: tap_h 3) L0[b, c, y + dy - 1, x]"),
              "a[b, c, y, x]: y + dy - 1 on axis 2 of L0 (height 28) runs from -1 to 28, before the first element; "
              "pad(L0[...], 0) reads 0 there");
    EXPECT_EQ(of("a[i] = f[i] - f[i + 1]"),
              "a[i]: i + 1 on axis 0 of f (feature 7) runs from 1 to 7, past the last element 6; pad(f[...], 0) reads "
              "0 there");
}

TEST_F(Refused, AWriteOutOfBounds) {
    graph.add({.name = "a", .type = type_of({{"height", 5}})});
    EXPECT_EQ(
        of("a[y + dy] += t[y, dy]"),
        "a[y + dy]: y + dy on axis 0 of a (height 5) runs from 0 to 5, past the last element 4; clip drops what falls "
        "outside");
}

TEST_F(Refused, APaddedReadThatRunsOverAWholeAxis) {
    EXPECT_EQ(of("a[i: 9] = pad(f[i], 0)"),
              "a[i]: index i is declared 9 but 7 in f (axis 0, feature); where pad is to fill this axis, write i + 0");
}

TEST_F(Refused, AnExtentOfTwoIndicesOfOneName) {
    EXPECT_EQ(of("c[] = (sum(j) f[j]) * (sum(j: class 3) f32(j)) * f32(extent(j))"),
              "c[]: extent(j): one index j has 7 positions, another one 3; give each a name of its own");
}

TEST_F(Refused, AWindowThatDoesNotFit) {
    EXPECT_EQ(of("a[y] = max(dy: 5) t[y + dy, 0]"),
              "a[y]: index y has no room: y + dy does not fit into axis 0 of t (height 4)");
}

TEST_F(Refused, ATupleOfAnotherSize) {
    EXPECT_EQ(of("a[g: channel 4, c: channel 2] = w[(g, c), 0]"),
              "a[g, c]: (g, c) has 8 elements, but axis 0 of w is channel 6");
}

TEST_F(Refused, FlatteningTheOpenBatch) {
    EXPECT_EQ(
        of("a[(b, c)] = p[b, c]"),
        "a[(b, c)]: (b, c) flattens the open batch extent with others; bind the batch extent, or keep the batch axis");
}

TEST_F(Refused, AnOpenBatchReadWithAnOffset) {
    EXPECT_EQ(of("a[b: batch ?, c] = p[b + 1, c]"),
              "a[b, c]: b + 1 on axis 0 of p (batch ?): an open batch axis is read by a batch index alone");
}

TEST_F(Refused, AnOpenExtentThatIsNoBatch) {
    EXPECT_EQ(of("a[c: class ?] = 1"), "a[c]: index c of kind class has an open extent; only batch may be open");
}

TEST_F(Refused, ACapitalUsedOnce) {
    EXPECT_EQ(of("a[] = f[I]"),
              "a[]: index I is used once; a name with a capital is summed where it repeats: to sum it, "
              "write sum(I) ..., or put it on the left");
}

TEST_F(Refused, AnIndexOnTheLeftAndReduced) {
    EXPECT_EQ(of("a[i] = sum(i) f[i]"),
              "a[i]: index i is on the left and reduced in sum(i); give one of them another name");
}

TEST_F(Refused, AnIndexDeclaredAndNotUsed) {
    EXPECT_EQ(of("a[i] = f[i] where q: class 3"), "a[i]: index q is declared but not used");
    EXPECT_EQ(of("a[i] = f[i] / f32(extent(q))"), "a[i]: extent(q): q is neither an index of this equation nor a constant");
}

TEST_F(Refused, NamesThatMeanNothing) {
    EXPECT_EQ(of("a[i] = g[i]"),
              "a[i]: no value is called g here; an input, a parameter or an earlier result is meant");
    EXPECT_EQ(of("a[i] = alpha * f[i]"), "a[i]: alpha is neither an index of this equation nor a constant");
    EXPECT_EQ(of("a[i] = rate * f[i]"),
              "a[i]: rate is a tensor; an element of it is written rate[...], a scalar rate[]");
    EXPECT_EQ(of("a[i] = sine(f[i])"), "a[i]: no scalar function is called sine; did you mean sin?");
}

TEST_F(Refused, AWrongNumberOfIndices) {
    EXPECT_EQ(of("a[i] = w[i]"),
              "a[i]: w has 2 axes, but 1 index expression stands here; its type is f32[channel 6, channel 3]");
}

TEST_F(Refused, AProductOfIndices) {
    EXPECT_EQ(of("a[y] = sum(d: tap_h 2) t[y*d, 0]"),
              "a[y]: y*d multiplies two indices; an index is only scaled by an integer");
}

TEST_F(Refused, TypesThatMeet) {
    EXPECT_EQ(of("a[i: 7, j: 7] = f[i] * n[j]"),
              "a[i, j]: mul: n is i32 but meets f32; write f32(...) around one of them");
    EXPECT_EQ(of("a[i: 7, j: 7] = n[j] * f[i]"), "a[i, j]: mul: f is f32 but meets i32; write f32(...) around the i32");
    EXPECT_EQ(of("a[i: 7, j: 7] = select(f[i] > 0, f[i] > 1, n[j])"),
              "a[i, j]: select: n is i32 but meets bool; write i32(...) around the bool");
    EXPECT_EQ(of("a[i] = f[i] * i"), "a[i]: i is an integer but meets f32; write f32(i)");
    EXPECT_EQ(of("a[j] = n[j] * 0.5"), "a[j]: the number 0.5 meets an i32; write f32(...) around the integers");
    EXPECT_EQ(of("a[j] = exp(n[j])"),
              "a[j]: exp takes floating-point numbers but meets i32; write f32(...) around its argument");
}

TEST_F(Refused, ABodyThatGrowsPastAllBounds) {
    std::string body = "f[i]";
    for (int i = 0; i < 30; ++i) body = "silu(" + body + ")";
    EXPECT_EQ(of("a[i] = " + body),
              "a[i]: silu: written out, the body has more than 10000 parts; give a part of it an equation of its own");
}

TEST_F(Refused, ASumOfBools) {
    EXPECT_EQ(of("a[] = sum(i) (f[i] > 0)"), "a[]: sum takes numbers but meets bool; write select(..., 1, 0)");
}

TEST_F(Refused, AResultOfAnotherType) {
    graph.add({.name = "a", .type = type_of({{"feature", 7}}, f64)});
    EXPECT_EQ(of("a[i] = f[i]"), "a[i]: a is declared f64 but its equation gives f32; write f64(...)");
}

TEST_F(Refused, WritingOnceWhatIsMetTwice) {
    EXPECT_EQ(of("a[y + dy] = t[y, dy]"),
              "a[y + dy]: = writes each element once, but here some elements of a are written more than once or never; "
              "+= adds "
              "up what meets, from 0");
}

TEST_F(Refused, WritingAnInput) {
    EXPECT_EQ(of("f[i] = n[i]"), "f[i]: f is an input; an equation defines a value of its own: give it another name");
}

TEST_F(Refused, WritingTwice) {
    elaborated(graph, "a[i] = f[i]");
    EXPECT_EQ(of("a[i] = f[i]"), "a[i]: a already has an equation; give this one another name");
}

TEST_F(Refused, ReadingWhatIsNotWrittenYet) {
    graph.add({.name = "a", .type = type_of({{"feature", 7}})});
    EXPECT_EQ(of("a[i] = a[i] + f[i]"), "a[i]: a is read before an equation writes it");
}

TEST(Subject, StandsInForTheLeft) {
    Graph graph = graph_of(
        {{"images", type_of({{"batch", 2}, {"channel", 5}})}, {"k", type_of({{"channel", 6}, {"channel", 3}})}});
    Scope scope{.values = {{"x", 0}, {"w", 1}}, .subject = "linear \"fc1\"", .spoken = {{"w", "the kernel"}}};
    EXPECT_EQ(
        refusal(graph, "y[b, o] = sum(i) x[b, i] * w[o, i]", scope),
        "lenet.cpp:20: linear \"fc1\": index i is 5 in x (axis 1, channel) but 3 in the kernel (axis 1, channel)");
}

}  // namespace
}  // namespace ricci::ir
