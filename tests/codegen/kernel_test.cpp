// Every loop form that codegen knows gives the interpreter's values, at each vector width and for an open batch.
#include <gtest/gtest.h>

#include "codegen/compile.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "tests/codegen/equations.h"
#include "tests/loops.h"

namespace ricci::testing {
namespace {

/// On the host and on the lesser target, with batches below, at and above a vector.
void check(const std::string& text) {
    for (const codegen::Target& target : {codegen::Target::host(), codegen::Target::named("avx2")}) {
        for (std::int64_t batch : {1, 3, 16, 37}) expect_equal_to_interpreter(text, {.target = target, .batch = batch});
    }
}

TEST(Kernel, PointwiseRunsOverAllAxesAsOne) {
    check(R"(ricci 1 model t
input x: f32[batch ?, channel 3, height 5, width 7]
y[b, c, h, w] = 2 * x[b, c, h, w] + 1
z[b, c, h, w] = tanh(y[b, c, h, w]) * exp(x[b, c, h, w])
)");
}

TEST(Kernel, DoublePrecision) {
    check(R"(ricci 1 model t
input x: f64[batch ?, feature 19]
y[b, f] = tanh(x[b, f]) + log(x[b, f] * x[b, f] + 1) - sqrt(exp(x[b, f]))
)");
}

TEST(Kernel, BroadcastsAlongTheVectorAndAcrossIt) {
    check(R"(ricci 1 model t
input x: f32[batch ?, channel 5, width 18]
input c: f32[channel 5]
input w: f32[width 18]
y[b, i, j] = x[b, i, j] * w[j] + c[i]
)");
}

TEST(Kernel, TransposesWithGathers) {
    check(R"(ricci 1 model t
input x: f32[batch ?, channel 6, height 9, width 11]
y[b, h, w, c] = x[b, c, h, w]
z[b, w, h, c] = x[b, c, h, w]
)");
}

TEST(Kernel, PatchesWithPaddingStrideAndDilation) {
    check(R"(ricci 1 model t
input x: f32[batch ?, channel 2, height 9, width 20]
p[b, i, r, s, y, z] = pad(x[b, i, 2*y + r - 1, z + 2*s - 2], 0.5) where r: tap_h 3, s: tap_w 3, y: height 5, z: width 20
)");
}

TEST(Kernel, ChannelLastPatches) {
    check(R"(ricci 1 model t
input x: f32[batch ?, height 9, width 20, channel 6]
p[b, y, z, r, s, i] = x[b, y + r, z + s, i] where r: tap_h 5, s: tap_w 5
q[b, y, z, r, s, i] = pad(x[b, y + r - 2, z + s - 2, i], 0) where r: tap_h 5, s: tap_w 5, y: height 9, z: width 20
)");
}

TEST(Kernel, ScattersPatchesBack) {
    check(R"(ricci 1 model t
input p: f32[batch ?, channel 2, tap_h 3, tap_w 3, height 5, width 18]
d: f32[batch ?, channel 2, height 7, width 20]
d[b, i, y + r, z + s] += p[b, i, r, s, y, z]
e: f32[batch ?, channel 2, height 5, width 18]
clip e[b, i, y + r - 1, z + s - 1] += p[b, i, r, s, y, z]
)");
}

TEST(Kernel, ReducesTheInnerAxis) {
    check(R"(ricci 1 model t
input x: f32[batch ?, channel 3, width 37]
s[b, c] = sum(w: width 37) x[b, c, w]
m[b, c] = max(w: width 37) x[b, c, w]
n[b, c] = min(w: width 37) x[b, c, w]
p[b, c] = prod(w: width 37) (x[b, c, w] + 1.5)
)");
}

TEST(Kernel, ReducesOuterAxesAndAnOpenBatch) {
    check(R"(ricci 1 model t
input x: f32[batch ?, channel 3, width 37]
s[c, w] = sum(b: batch ?) x[b, c, w]
t[c] = sum(b: batch ?, w: width 37) x[b, c, w]
u[] = sum(b: batch ?, c: channel 3, w: width 37) x[b, c, w] / f32(extent(b))
)");
}

TEST(Kernel, ArgmaxTakesTheFirstOfTies) {
    check(R"(ricci 1 model t
input x: i32[batch ?, class 10]
input f: f32[batch ?, height 6, width 8]
a[b] = argmax(k: class 10) x[b, k]
q[b, y, z] = argmax(r: tap_h 2, s: tap_w 2) f[b, 2*y + r, 2*z + s]
)");
}

TEST(Kernel, PoolsWithStridedReads) {
    check(R"(ricci 1 model t
input x: f32[batch ?, channel 3, height 8, width 44]
a[b, c, y, z] = sum(r: tap_h 2, s: tap_w 2) 0.25 * x[b, c, 2*y + r, 2*z + s]
m[b, c, y, z] = max(r: tap_h 3, s: tap_w 3) pad(x[b, c, 2*y + r - 1, 3*z + s - 1], -inf) where y: height 4, z: width 15
)");
}

TEST(Kernel, SpreadsAPooledGradientOverItsWindow) {
    check(R"(ricci 1 model t
input g: f32[batch ?, channel 3, height 4, width 11]
input a: f32[batch ?, channel 3, height 8, width 22]
d[b, c, 2*y + r, 2*z + s] = 0.25 * g[b, c, y, z] * (1 - a[b, c, 2*y + r, 2*z + s] * a[b, c, 2*y + r, 2*z + s]) where r: tap_h 2, s: tap_w 2
)");
}

TEST(Kernel, ContractsWithoutBlas) {
    check(R"(ricci 1 model t
input x: f32[batch ?, feature 13]
input w: f32[class 21, feature 13]
y[b, k] = sum(j: feature 13) x[b, j] * w[k, j]
)");
}

TEST(Kernel, ConvolvesNaively) {
    check(R"(ricci 1 model t
input x: f32[batch ?, channel 2, height 9, width 23]
input k: f32[channel 4, channel 2, tap_h 3, tap_w 3]
y[b, o, p, q] = sum(i: channel 2, r: tap_h 3, s: tap_w 3) x[b, i, p + r, q + s] * k[o, i, r, s]
)");
}

TEST(Kernel, FlattensAndUnflattens) {
    check(R"(ricci 1 model t
input x: f32[batch ?, height 3, width 4, channel 5]
f[b, (c, h, w)] = x[b, h, w, c]
g[b, c, h, w] = f[b, (c, h, w)] where c: channel 5, h: height 3, w: width 4
)");
}

TEST(Kernel, SelectsComparesAndCasts) {
    check(R"(ricci 1 model t
input x: f32[batch ?, class 10]
input labels: i32[batch ?]
hot[b, k] = select(labels[b] == k, 1, 0) * x[b, k]
big[b, k] = x[b, k] > 0.25 && not(x[b, k] >= 0.75)
whole[b, k] = i32(10 * x[b, k])
half[b, k] = whole[b, k] / 3
number: i64[batch ?, class 10]
number[b, k] = index(3*k + 1)
)");
}

TEST(Kernel, SpecialValuesFlowThroughExtremaAsNan) {
    check(R"(ricci 1 model t
input x: f32[batch ?, feature 9]
n[b, f] = log(x[b, f])
r[b, f] = max(n[b, f], 0)
m[b] = max(f: feature 9) n[b, f]
)");
}

TEST(Kernel, MatrixProductsThroughBlas) {
    check(R"(ricci 1 lowered t
input x: f32[batch ?, feature 40]
input w: f32[class 21, feature 40]
input d: f32[batch ?, class 21]
y: f32[batch ?, class 21]
y[b, k] = sum(j: feature 40) x[b, j] * w[k, j]  by blas
dx: f32[batch ?, feature 40]
dx[b, j] = sum(k: class 21) d[b, k] * w[k, j]  by blas
dw: f32[class 21, feature 40]
dw[k, j] = sum(b: batch ?) d[b, k] * x[b, j]  by blas
)");
}

TEST(Kernel, BatchedAndAccumulatingProductsThroughBlas) {
    check(R"(ricci 1 lowered t
input p: f32[batch ?, channel 2, tap_h 3, tap_w 3, height 5, width 6]
input k: f32[channel 4, channel 2, tap_h 3, tap_w 3]
input d: f32[batch ?, channel 4, height 5, width 6]
y: f32[batch ?, channel 4, height 5, width 6]
y[b, o, q, z] = sum(i: channel 2, r: tap_h 3, s: tap_w 3) k[o, i, r, s] * p[b, i, r, s, q, z]  by blas
dp: f32[batch ?, channel 2, tap_h 3, tap_w 3, height 5, width 6]
dp[b, i, r, s, q, z] = sum(o: channel 4) k[o, i, r, s] * d[b, o, q, z]  by blas
dk: f32[channel 4, channel 2, tap_h 3, tap_w 3]
dk[o, i, r, s] = sum(b: batch ?, q: height 5, z: width 6) d[b, o, q, z] * p[b, i, r, s, q, z]  by blas
)");
}

TEST(Kernel, SharedLoopsRunActivationThenPoolingRowByRow) {
    check(R"(ricci 1 kernels t
input c: f32[batch ?, channel 3, height 8, width 22]
input bias: f32[channel 3]
h: f32[batch ?, channel 3, height 8, width 22]
p: f32[batch ?, channel 3, height 4, width 11]
kernel tail(b, o, y) {
  h[b, o, 2*y + r, z] = tanh(c[b, o, 2*y + r, z] + bias[o]) where r: tap_h 2, y: height 4
  p[b, o, y, z] = sum(r: tap_h 2, s: tap_w 2) 0.25 * h[b, o, 2*y + r, 2*z + s]
}
)");
}

TEST(Kernel, SharedLoopsThatAReductionSumsOver) {
    check(R"(ricci 1 kernels t
input g: f32[batch ?, channel 3, height 8, width 22]
d: f32[batch ?, channel 3, height 8, width 22]
db: f32[channel 3]
kernel back(b, o, y) {
  d[b, o, y, z] = 2 * g[b, o, y, z]
  db[o] = sum(b: batch ?, y: height 8, z: width 22) d[b, o, y, z]
}
)");
}

TEST(Kernel, GathersPatchesBack) {
    check(R"(ricci 1 model t
input p: f32[batch ?, channel 2, tap_h 3, tap_w 3, height 5, width 18]
d[b, i, y, z] = sum(r: tap_h 3, s: tap_w 3) pad(p[b, i, r, s, y - r, z - s], 0) where y: height 7, z: width 20
input q: f32[batch ?, height 5, width 6, tap_h 3, tap_w 3, channel 6]
e[b, y, z, i] = sum(r: tap_h 3, s: tap_w 3) pad(q[b, y - r, z - s, r, s, i], 0) where y: height 7, z: width 8
)");
}

TEST(Kernel, OneValueUnderTwoNamesAndAnInputAsOutput) {
    const ir::Graph graph = ir::parse(R"(ricci 1 model t
input x: f32[feature 3]
y[f] = 2 * x[f]
output first = y
output second = y
output third = x
)");
    runtime::Executable program = codegen::compile(test::with_loops(graph));
    std::vector<float> x = {1, 2, 3};
    std::vector<std::int64_t> extents = {3};
    std::vector<runtime::Binding> bindings = {{.name = "x", .dtype = f32, .extents = extents, .data = x.data()}};
    runtime::ThreadTeam team(1);
    program.run(bindings, team);
    EXPECT_EQ(program.output("first").span<float>()[2], 6);
    EXPECT_EQ(program.output("second").span<float>()[2], 6);
    EXPECT_EQ(program.output("third").span<float>()[2], 3);
}

TEST(Kernel, ThreadsGiveTheSameValues) {
    expect_equal_to_interpreter(R"(ricci 1 model t
input x: f32[batch ?, channel 64, width 333]
y[b, c, w] = tanh(x[b, c, w])
s[b, c] = sum(w: width 333) y[b, c, w]
)",
                                {.batch = 29, .threads = 4});
}

}  // namespace
}  // namespace ricci::testing
