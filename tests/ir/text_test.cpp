// The canonical text: what is printed reads back as the same graph, at every stage and for every construct.
#include "ir/print/print.h"
#include "ir/text/parser.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/ir/same_graph.h"

namespace ricci::ir {
namespace {

void expect_canonical(const std::string& text) {
    Graph graph = parse(text, "test.ein");
    EXPECT_EQ(print(graph), text);
    EXPECT_EQ(difference(graph, parse(print(graph))), "");
}

/// How one body prints after it was read, in the place of BODY.
std::string reprinted(const std::string& body) {
    Graph graph = parse(
        "ricci 1 model\ninput a: f32[feature 3]\ninput n: i32[feature 3]\ninput t: bool[feature 3]\n"
        "y: f32[feature 3]\ny[i] = " +
        body);
    return print(graph, graph.equations.back(), graph.equations.back().body);
}

TEST(Text, ModelStageIsAFixedPoint) {
    expect_canonical(R"(ricci 1 model lenet.head

input images: f32[batch ?, channel 1, height 12, width 12]
input labels: i32[batch ?]
parameter conv.kernel: f32[channel 2, channel 1, tap_h 5, tap_w 5] = uniform(-0.2, 0.2)
parameter dense.kernel: f32[class 10, feature 32] = normal(0, 0.05)
state learning_rate: f32[] = 0.05

conv: f32[batch ?, channel 2, height 8, width 8]
conv[b, o, y, x] = sum(i: channel 1, dy: tap_h 5, dx: tap_w 5) images[b, i, y + dy, x + dx] * conv.kernel[o, i, dy, dx]  @conv2d
pool: f32[batch ?, channel 2, height 4, width 4]
pool[b, c, y, x] = sum(dy: tap_h 2, dx: tap_w 2) 0.25 * conv[b, c, 2*y + dy, 2*x + dx]  @avg_pool2d
flat: f32[batch ?, feature 32]
flat[b, (c, y, x)] = pool[b, c, y, x] where c: channel 2, y: height 4, x: width 4
logits: f32[batch ?, class 10]
logits[b, k] = sum(i: feature 32) flat[b, i] * dense.kernel[k, i]
picked: f32[batch ?]
picked[b] = sum(k: class 10) select(labels[b] == i32(k), logits[b, k], 0)
loss: f32[]
loss[] = sum(b: batch ?) picked[b] / f32(extent(b))

output logits
output cost = loss
gradient d.kernel = d loss / d conv.kernel
train loss with sgd(learning_rate = 0.05, momentum = 0.9)
)");
}

TEST(Text, StepStageIsAFixedPoint) {
    expect_canonical(R"(ricci 1 step padded

input g: f32[batch ?, channel 2, height 4, width 4]
input k: f32[channel 2, channel 3, tap_h 3, tap_w 3]
parameter w: f32[channel 3]

d: f32[batch ?, channel 3, height 8, width 8]
clip d[b, i, 2*y + dy - 1, 2*x + dx - 1] += g[b, o, y, x] * k[o, i, dy, dx] where y: height 4, dy: tap_h 3, x: width 4, dx: tap_w 3, o: channel 2
best: i64[batch ?, height 8, width 8]
best[b, y, x] = argmax(c: channel 3) d[b, c, y, x]
most: f32[batch ?, channel 3, height 4, width 4]
most[b, c, y, x] = max(dy: tap_h 3, dx: tap_w 3) pad(d[b, c, 2*y + dy - 1, 2*x + dx - 1], -inf)
w.next: f32[channel 3]
w.next[c] = w[c] * 0.5

output best
output most
update w = w.next
)");
}

TEST(Text, KernelBlocksAreAFixedPoint) {
    expect_canonical(R"(ricci 1 kernels fused

input x: f32[batch ?, channel 2, height 8]

kernel pooled.tail(b, c) {
    act: f32[batch ?, channel 2, height 8]
    act[b, c, y] = tanh(x[b, c, y])
    pooled: f32[batch ?, channel 2, height 4]
    pooled[b, c, y] = sum(dy: tap_h 2) 0.5 * act[b, c, 2*y + dy]
}
total: f32[]
total[] = sum(b: batch ?, c: channel 2, y: height 4) pooled[b, c, y]
kernel scaled(b) {
    scaled: f32[batch ?, channel 2, height 4]
    scaled[b, c, y] = pooled[b, c, y] / total[]
}

output scaled
)");
}

const char* const kTiles = R"(ricci 1 planned tiled

input x: f32[batch ?, feature 8]

tile both(16) {
    kernel h(i) {
        for b:
            compute h
        h: f32[feature 8, batch ?]
        h[i, b] = tanh(x[b, i])
    }
    kernel s() {
        compute s over i, b
        s: f32[]
        s[] = sum(i: feature 8, b: batch ?) h[i, b]
    }
}
kernel scale() {
    compute scale
    scale: f32[]
    scale[] = 1 / s[]
}
tile last(4) {
    kernel y() {
        for b, i:
            compute y
        y: f32[batch ?, feature 8]
        y[b, i] = x[b, i] * scale[]
    }
}

output y

place h at 0, 512 bytes per thread, live 0..1
place s at 0, 4 bytes per chunk, live 1..2
place scale at 0, 4 bytes, live 2..3
arena 64 bytes + 0 per sample + 512 per thread + 64 per chunk
)";

TEST(Text, TilesAreAFixedPoint) {
    expect_canonical(kTiles);
    Graph graph = parse(kTiles);
    ASSERT_EQ(graph.tiles.size(), 2U);
    EXPECT_EQ(graph.tiles[0].samples, 16);
    EXPECT_EQ(graph.equations[0].tile, TileId(0));
    EXPECT_EQ(graph.equations[2].tile, TileId());
    EXPECT_EQ(graph.equations[3].tile, TileId(1));
    EXPECT_EQ(graph.equations[3].kernel, KernelId(3));
}

TEST(Text, PlacesAreAFixedPoint) {
    expect_canonical(R"(ricci 1 planned placed

input x: f32[batch ?, feature 32]

kernel a() {
    for b, i:
        compute a
    a: f32[batch ?, feature 32]
    a[b, i] = tanh(x[b, i])
}
kernel c() {
    for b, i:
        compute c
    c: f32[batch ?, feature 32]
    c[b, i] = a[b, i] * a[b, i]
}
kernel s() {
    compute s over b, i
    s: f32[]
    s[] = sum(b: batch ?, i: feature 32) c[b, i]
}
kernel y() {
    compute y
    y: f32[]
    y[] = 0.25 * s[]
}

output y

place a at 0, 128 bytes per sample, live 0..1
place c at 0, 128 bytes per sample, live 1..2, shares a
place s at 0, 4 bytes, live 2..3
arena 64 bytes + 128 per sample
)");
}

TEST(Text, TheOrderOfTemporariesDoesNotShow) {
    Graph graph = parse(
        "ricci 1 planned\ninput x: f32[]\nkernel a() {\ncompute a\na[] = x[] + 1\n}\n"
        "kernel c() {\ncompute c\nc[] = a[] + 1\n}\nkernel y() {\ncompute y\ny[] = c[] + 1\n}\noutput y\n"
        "place c at 64, 4 bytes, live 1..2\nplace a at 0, 4 bytes, live 0..1\narena 128 bytes + 0 per sample\n");
    std::string text = print(graph);
    EXPECT_LT(text.find("place a"), text.find("place c"));
    EXPECT_EQ(print(parse(text)), text);
}

TEST(Text, OnlyTheParenthesesThatAreNeededArePrinted) {
    EXPECT_EQ(reprinted("((a[i])) + (a[i] * (a[i]))"), "a[i] + a[i] * a[i]");
    EXPECT_EQ(reprinted("(a[i] + a[i]) * a[i]"), "(a[i] + a[i]) * a[i]");
    EXPECT_EQ(reprinted("a[i] - (a[i] - a[i])"), "a[i] - (a[i] - a[i])");
    EXPECT_EQ(reprinted("(a[i] - a[i]) - a[i]"), "a[i] - a[i] - a[i]");
    EXPECT_EQ(reprinted("a[i] / (a[i] * a[i])"), "a[i] / (a[i] * a[i])");
    EXPECT_EQ(reprinted("-(a[i] * a[i])"), "-(a[i] * a[i])");
    EXPECT_EQ(reprinted("--a[i] * -a[i]"), "--a[i] * -a[i]");
    EXPECT_EQ(reprinted("select((a[i] < 0) == (t[i] || t[i] && t[i]), 1, -(2))"),
              "select((a[i] < 0) == (t[i] || t[i] && t[i]), 1, -(2))");
    EXPECT_EQ(reprinted("f32(n[i] / (n[i] + 1)) + f32(i) * f32(index(2*i - 1)) - f32(extent(i))"),
              "f32(n[i] / (n[i] + 1)) + f32(i) * f32(index(2*i - 1)) - f32(extent(i))");
    EXPECT_EQ(reprinted("max(a[i], pow(a[i], 2)) - min(a[i], stop_gradient(a[i]))"),
              "max(a[i], pow(a[i], 2)) - min(a[i], stop_gradient(a[i]))");
}

TEST(Text, NumbersPrintAsTheShortestTextThatReadsBack) {
    EXPECT_EQ(reprinted("a[i] * 0.10000000000000000"), "a[i] * 0.1");
    EXPECT_EQ(reprinted("a[i] * 100000"), "a[i] * 100000");
    EXPECT_EQ(reprinted("a[i] * 0.333333333333333314829616256247"), "a[i] * 0.3333333333333333");
    EXPECT_EQ(reprinted("a[i] * -1e-30 + -inf"), "a[i] * -1e-30 + -inf");
    EXPECT_EQ(reprinted("a[i] * nan"), "a[i] * nan");
    EXPECT_EQ(reprinted("a[i] * -0"), "a[i] * -0");
    EXPECT_EQ(reprinted("select(true, a[i], 0)"), "select(true, a[i], 0)");
}

TEST(Text, AffineExpressionsPrintWithTheirSigns) {
    std::vector<Index> indices = {{"y", kinds::height(), 4}, {"dy", kinds::tap_h(), 3}};
    EXPECT_EQ(print(2 * Affine::of(0) + Affine::of(1) - Affine::constant(1), indices), "2*y + dy - 1");
    EXPECT_EQ(print(-3 * Affine::of(0) - Affine::of(1) + Affine::constant(7), indices), "-3*y - dy + 7");
    EXPECT_EQ(print(Affine::constant(0), indices), "0");
    EXPECT_EQ(print(Affine::constant(std::numeric_limits<std::int64_t>::min()), indices), "-9223372036854775808");
}

TEST(Text, ATupleIsTakenForAWindowOnlyWhereTheKindsSaySo) {
    // Both axes hold 2*y + dy; one is a height, the other a flattening.
    std::string text = R"(ricci 1 model

input x: f32[height 8]

flat: f32[feature 8]
flat[(y, dy)] = x[2*y + dy] where y: height 4, dy: tap_h 2
)";
    EXPECT_EQ(print(parse(text)), text);
}

TEST(Text, ATupleOfOneSaysThatAnIndexOfAnotherKindIsMeant) {
    expect_canonical(R"(ricci 1 model

input x: f32[channel 6]
parameter w: f32[feature 6]

f: f32[feature 6]
f[(c)] = x[c] * w[(c)] where c: channel 6
s: f32[]
s[] = sum(c: channel 6) x[c] * f[(c)]
)");
}

TEST(Text, AnIndexThatRunsOverPartOfAnAxisSaysSo) {
    expect_canonical(R"(ricci 1 model

input x: f32[height 9]

head: f32[height 8]
head[y] = x[y + 0]
wide: f32[height 9]
wide[y + 0] += head[y] where y: height 8
both: f32[height 9, height 8]
both[y + 0, x] += head[y] * head[x] where y: height 8
)");
}

// Every call has a first sample: rule V7 allows it, so the text reads back. It failed CI on 2026-11-30, with seed
// 20261130000117 of RandomPrograms, where open-batch had opened the axis of v4.
TEST(Text, TheFirstSampleOfAnOpenBatchIsReadByAnIndexOfOne) {
    expect_canonical(R"(ricci 1 model

input x: f32[batch ?, feature 3]

first: f32[batch 1, feature 3]
first[b, i] = x[b + 0, i]
)");
}

TEST(Text, ReducedIndicesAreDeclaredAfterThoseOfTheLeft) {
    Graph graph = parse(
        "ricci 1 model\ninput g: f32[channel 2, height 4]\nd: f32[height 5]\n"
        "d[y + dy] += g[c, y] where c: channel 2, y: height 4, dy: tap_h 2\n");
    EXPECT_EQ(print(graph, graph.equations[0]), "d[y + dy] += g[c, y] where y: height 4, dy: tap_h 2, c: channel 2");
    // A pass may leave another order; the text is the same.
    Equation& equation = graph.equations[0];
    equation.indices = {equation.indices[2], equation.indices[0], equation.indices[1]};
    std::vector<Affine> moved = {Affine::of(1), Affine::of(2), Affine::of(0)};
    equation.left = {substitute(equation.left[0], moved)};
    equation.body = substitute(equation.body, moved);
    EXPECT_EQ(print(graph, equation), "d[y + dy] += g[c, y] where y: height 4, dy: tap_h 2, c: channel 2");
}

TEST(Text, ACallAmongTheOperandsIsTheSameOnALineOfItsOwn) {
    const std::string head =
        "ricci 1 model\ninput x: f32[batch ?, feature 3]\ninput labels: i32[batch ?]\n"
        "parameter w: f32[class 2, feature 3] = uniform(-1, 1)\n";
    const Graph nested = parse(head + "loss = mean(softmax_cross_entropy(linear(relu(x), w), labels))\noutput loss\n");
    EXPECT_EQ(print(nested), print(parse(head +
                                         "loss.arg1.arg1.arg1 = relu(x)\n"
                                         "loss.arg1.arg1 = linear(loss.arg1.arg1.arg1, w)\n"
                                         "loss.arg1 = softmax_cross_entropy(loss.arg1.arg1, labels)\n"
                                         "loss = mean(loss.arg1)\noutput loss\n")));
    EXPECT_EQ(print(parse(print(nested))), print(nested));
    const Graph second = parse(head + "y = add(x, add(x, hard_tanh(x, -2, 2)))\noutput y\n");
    EXPECT_TRUE(second.find("y.arg2.arg2") >= 0);
}

TEST(Text, AGraphCanBeFormatted) {
    EXPECT_EQ(fmt::format("{}", Graph{}), "ricci 1 model\n");
}

}  // namespace
}  // namespace ricci::ir
