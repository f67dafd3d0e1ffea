// Programs of several batch tiles, run for batches that fill tiles, chunks and none of them.
#include <gtest/gtest.h>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/gradient/apply_optimizer.h"
#include "passes/gradient/differentiate.h"
#include "tests/frontend/compiled.h"

namespace ricci::testing {
namespace {

// A batch norm reads what all samples made, forward and backward, so this is a chain of tiles; strides scatter.
constexpr const char* kChain = R"(ricci 1 model chain
input images: f64[batch ?, channel 2, height 9, width 9]
input labels: i32[batch ?]
parameter k: f64[channel 4, channel 2, tap_h 3, tap_w 3]
parameter scale: f64[channel 4]
parameter shift: f64[channel 4]
parameter k2: f64[channel 3, channel 4, tap_h 2, tap_w 2]
parameter w: f64[class 5, feature 12]
c = conv2d(images, k)
n = batch_norm(c, scale, shift)
r = tanh(n)
c2 = conv2d(r, k2, stride_h = 2, stride_w = 2)
p[b, c, y, x] = max(dy: tap_h 2, dx: tap_w 2) c2[b, c, y + dy, x + dx]
f[b, (c, y, x)] = p[b, c, y + 0, x + 0] where c: channel 3, y: height 2, x: width 2
logits = linear(f, w)
xent = softmax_cross_entropy(logits, labels)
loss[] = sum(b: batch ?) xent[b] / f64(extent(b))
most[] = max(b: batch ?) xent[b]
output loss
output most
output logits
train loss with sgd(learning_rate = 0.1, momentum = 0.9)
)";

ir::Graph step_of(const ir::Graph& model) {
    passes::Remarks remarks;
    return passes::apply_optimizer(passes::differentiate(model, {}, remarks), {}, remarks);
}

TEST(TilesRun, AChainOfTilesComputesWhatTheInterpreterDoesForAnyBatch) {
    const ir::Graph model = ir::parse(kChain);
    const ir::Graph step = step_of(model);
    for (const char* tile : {"1", "3", "8"}) {
        for (const char* conv : {"auto", "im2col"}) {
            Compiled compiled(model, {.conv = conv, .tile = tile});
            EXPECT_GE(compiled.planned().tiles.size(), 3U);
            for (std::int64_t batch : {1, 2, 8, 9, 17, 40}) {
                const ir::Arrays given = draw(step, {.batch = batch, .numbers = 5});
                EXPECT_EQ(difference(ir::interpret(step, given), compiled(given),
                                     {.relative = 1e-9, .floor = 1, .terms = terms_of(step, given)}), "")
                    << "tile " << tile << ", conv " << conv << ", batch " << batch;
            }
        }
    }
}

// A sum over the samples of one tile that both a kernel behind it and a later tile read: the variance's gradient.
TEST(TilesRun, ASumThatALaterTileReadsTooIsAddedUp) {
    const ir::Graph model = ir::parse(R"(ricci 1 model twice
input x: f64[batch ?, feature 90]
parameter scale: f64[feature 90]
parameter shift: f64[feature 90]
input c: f64[batch ?, feature 90]
n = batch_norm(x, scale, shift)
loss[] = sum(b: batch ?, f: feature 90) n[b, f] * c[b, f]
output loss
gradient dx = d loss / d x
)");
    const ir::Graph step = step_of(model);
    for (const char* tile : {"1", "3"}) {
        Compiled compiled(model, {.tile = tile});
        for (std::int64_t batch : {1, 2, 8, 40}) {
            const ir::Arrays given = draw(step, {.batch = batch});
            EXPECT_EQ(difference(ir::interpret(step, given), compiled(given),
                                     {.relative = 1e-9, .floor = 1, .terms = terms_of(step, given)}), "")
                << "tile " << tile << ", batch " << batch;
        }
    }
}

// The second convolution reads around each element of what is added to its result; its pools and one more follow.
constexpr const char* kResidual = R"(ricci 1 model residual
input images: f64[batch ?, channel 3, height 12, width 12]
parameter k: f64[channel 4, channel 3, tap_h 3, tap_w 3]
parameter k2: f64[channel 4, channel 4, tap_h 3, tap_w 3]
h[b, o, y, x] = sum(i, r, s) pad(images[b, i, y + r - 1, x + s - 1], 0) * k[o, i, r, s] where y: height 12, x: width 12 @conv2d
a = tanh(h)
c[b, o, y, x] = sum(i, r, s) pad(a[b, i, y + r - 1, x + s - 1], 0) * k2[o, i, r, s] where y: height 12, x: width 12 @conv2d
u[b, o, y, x] = a[b, o, y, x] + c[b, o, y, x]
p[b, o, y, x] = max(dy: tap_h 3, dx: tap_w 2) tanh(u[b, o, 3*y + dy, 2*x + dx])
q[b, o, y, x] = sum(dy: tap_h 2, dx: tap_w 2) p[b, o, y + dy, x + dx]
loss[] = sum(b: batch ?, o: channel 4, y: height 3, x: width 5) q[b, o, y, x] * q[b, o, y, x]
output q
output loss
)";

TEST(TilesRun, AResidualAndItsPoolsComputeWhatTheInterpreterDoes) {
    const ir::Graph forward = ir::parse(kResidual);
    const ir::Graph step = step_of(ir::parse(std::string(kResidual) + "train loss with sgd(learning_rate = 0.1)\n"));
    for (const ir::Graph& graph : {forward, step}) {
        for (const char* tile : {"8", "16"}) {
            Compiled compiled(graph, {.tile = tile});
            EXPECT_EQ(compiled.planned().tiles.size(), 1U);
            for (std::int64_t batch : {3, 16, 21}) {
                const ir::Arrays given = draw(graph, {.batch = batch});
                EXPECT_EQ(difference(ir::interpret(graph, given), compiled(given),
                                     {.relative = 1e-9, .floor = 1, .terms = terms_of(graph, given)}), "")
                    << "tile " << tile << ", batch " << batch;
            }
        }
    }
}

TEST(TilesRun, CallsOfBlasAddUpTilesOfAnySize) {
    const ir::Graph model = ir::parse(kChain);
    const ir::Graph step = step_of(model);
    const ir::Arrays given = draw(step, {.batch = 7, .numbers = 5});
    for (const char* tile : {"1", "4"}) {
        Compiled compiled(model, {.conv = "im2col", .gemm = "blas", .tile = tile});
        EXPECT_EQ(difference(ir::interpret(step, given), compiled(given),
                                     {.relative = 1e-9, .floor = 1, .terms = terms_of(step, given)}), "") << tile;
    }
}

TEST(TilesRun, MemoryOfWhatLivesInsideDoesNotGrowWithTheBatch) {
    std::string text(kChain);
    // Without what couples samples, one tile holds the step.
    text.replace(text.find("tanh(n)"), 7, "tanh(c)");
    text.replace(text.find("max(b: batch ?)"), 3, "sum");
    Compiled compiled(ir::parse(text), {.tile = "8"});
    EXPECT_EQ(compiled.planned().arena_per_sample, 0);
    EXPECT_GT(compiled.planned().arena_per_thread, 0);
}

}  // namespace
}  // namespace ricci::testing
