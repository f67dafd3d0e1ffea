// The text at every stage: what each pass leaves reads back as the same text.
#include <gtest/gtest.h>

#include "ir/ops/table.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "ir/verify/verify.h"
#include "passes/pipeline.h"
#include "tests/forced.h"

namespace ricci::passes {
namespace {

const char* const kLenet = R"(ricci 1 model lenet5

input images: f32[batch ?, channel 1, height 32, width 32]
input labels: i32[batch ?]
parameter conv1.kernel: f32[channel 6, channel 1, tap_h 5, tap_w 5] = uniform(-0.2, 0.2)
parameter conv1.bias: f32[channel 6]
parameter conv2.kernel: f32[channel 16, channel 6, tap_h 5, tap_w 5] = uniform(-0.08, 0.08)
parameter conv2.bias: f32[channel 16]
parameter fc1.kernel: f32[feature 120, feature 400] = uniform(-0.05, 0.05)
parameter fc1.bias: f32[feature 120]
parameter fc2.kernel: f32[feature 84, feature 120] = uniform(-0.09, 0.09)
parameter fc2.bias: f32[feature 84]
parameter fc3.kernel: f32[class 10, feature 84] = uniform(-0.1, 0.1)
parameter fc3.bias: f32[class 10]

conv1.linear[b, o, y, x] = sum(i: channel 1, dy: tap_h 5, dx: tap_w 5) images[b, i, y + dy, x + dx] * conv1.kernel[o, i, dy, dx]  @conv2d
conv1[b, o, y, x] = conv1.linear[b, o, y, x] + conv1.bias[o]
act1[b, o, y, x] = tanh(conv1[b, o, y, x])
pool1[b, c, y, x] = sum(dy: tap_h 2, dx: tap_w 2) 0.25 * act1[b, c, 2*y + dy, 2*x + dx] @avg_pool2d
conv2.linear[b, o, y, x] = sum(i: channel 6, dy: tap_h 5, dx: tap_w 5) pool1[b, i, y + dy, x + dx] * conv2.kernel[o, i, dy, dx]  @conv2d
conv2[b, o, y, x] = conv2.linear[b, o, y, x] + conv2.bias[o]
act2[b, o, y, x] = tanh(conv2[b, o, y, x])
pool2[b, c, y, x] = sum(dy: tap_h 2, dx: tap_w 2) 0.25 * act2[b, c, 2*y + dy, 2*x + dx] @avg_pool2d
flat[b, (c, y, x)] = pool2[b, c, y, x]
fc1[b, o] = tanh(flat[b, I] * fc1.kernel[o, I] + fc1.bias[o])
fc2[b, o] = tanh(fc1[b, I] * fc2.kernel[o, I] + fc2.bias[o])
logits[b, o] = fc2[b, I] * fc3.kernel[o, I] + fc3.bias[o]
top[b] = max(k: class 10) logits[b, k]
total[b] = sum(k: class 10) exp(logits[b, k] - top[b])
picked[b] = sum(k: class 10) select(labels[b] == k, logits[b, k] - top[b], 0)
xent[b] = log(total[b]) - picked[b]
loss[] = sum(b: batch ?) xent[b] / f32(extent(b))
output logits
output loss
train loss with sgd(learning_rate = 0.05, momentum = 0.9)
)";

// Padding, strides, a crop, and channels last.
const char* const kPadded = R"(ricci 1 model padded

input images: f64[batch ?, height 13, width 11, channel 3]
input target: f64[batch ?, class 4]
parameter k1: f64[channel 8, channel 3, tap_h 3, tap_w 3] = uniform(-0.2, 0.2)
parameter k2: f64[channel 4, channel 8, tap_h 3, tap_w 2] = uniform(-0.2, 0.2)
parameter w: f64[class 4, channel 4] = uniform(-0.2, 0.2)

c1[b, y, x, o] = sum(i: channel 3, dy: tap_h 3, dx: tap_w 3) pad(images[b, 2*y + dy - 1, 2*x + dx - 1, i], 0) * k1[o, i, dy, dx] where y: height 7, x: width 6 @conv2d
r1[b, y, x, o] = relu(c1[b, y, x, o])
p1[b, y, x, o] = max(dy: tap_h 3, dx: tap_w 3) pad(r1[b, 2*y + dy - 1, 2*x + dx - 1, o], -inf) where y: height 4, x: width 3 @max_pool2d
c2[b, y, x, o] = sum(i: channel 8, dy: tap_h 3, dx: tap_w 2) p1[b, y + dy, x + dx, i] * k2[o, i, dy, dx]  @conv2d
m[b, c] = sum(y: height 2, x: width 2) 0.25 * sigmoid(c2[b, y, x, c])
z[b, k] = w[k, c] * m[b, c]
crop[b, y, x] = c2[b, y + 0, x, 2] where y: height 1
loss[] = sum(b: batch ?, k: class 4) (z[b, k] - target[b, k]) * (z[b, k] - target[b, k]) / f64(extent(b)) + sum(b: batch ?, y: height 1, x: width 2) crop[b, y, x] * crop[b,y,x]
output z
output loss
train loss with sgd(learning_rate = 0.05, momentum = 0.9)
)";

void expect_fixed_points(const char* text, const Options& options = {}) {
    Remarks remarks;
    int seen = 0;
    run_to(ir::parse(text), ir::Stage::planned, test::forced(options), remarks, [&](const Pass& pass, const ir::Graph& graph) {
        ++seen;
        std::string printed = ir::print(graph);
        EXPECT_EQ(ir::print(ir::parse(printed)), printed) << "after " << pass.name;
    });
    EXPECT_GE(seen, static_cast<int>(pipeline().size()));
}

TEST(RoundTrip, LenetReadsBackAfterEveryPass) { expect_fixed_points(kLenet); }

TEST(RoundTrip, PaddedPoolingReadsBackAfterEveryPass) { expect_fixed_points(kPadded); }

TEST(RoundTrip, TilesReadBackAfterEveryPass) {
    for (const char* tile : {"auto", "5"}) {
        expect_fixed_points(kLenet, {.tile = tile});
        expect_fixed_points(kPadded, {.tile = tile});
    }
}

/// Each example with a gradient by each operand of floats, where its result has one.
std::string with_gradients(const ir::Op& op, const std::string& example) {
    std::string text = ir::example_text(op, example);
    const ir::Graph graph = ir::parse(text, op.name);
    const ir::Value& y = graph.value(graph.find("y"));
    if (!is_float(y.type.dtype)) return text;
    std::string indices, decls;
    for (std::size_t axis = 0; axis < y.type.axes.size(); ++axis) {
        indices += fmt::format("{}i{}", axis == 0 ? "" : ", ", axis);
        decls += fmt::format("{}i{}: {}", axis == 0 ? "" : ", ", axis, to_string(y.type.axes[axis]));
    }
    const std::string sum = decls.empty() ? "" : fmt::format("sum({}) ", decls);
    text += fmt::format("whole.loss[] = {0}y[{1}] * y[{1}]\n", sum, indices);
    for (const ir::Value& value : graph.values) {
        if (value.role == ir::Role::input && is_float(value.type.dtype))
            text += fmt::format("gradient d.{0} = d whole.loss / d {0}\n", value.name);
    }
    return text;
}

// Steps through the stages one by one, as `ricci opt --emit=STAGE` prints them.
TEST(RoundTrip, EveryOpReadsBackAtEveryStage) {
    std::size_t calls = 0;
    for (const ir::Op& op : ir::ops()) {
        for (const std::string& example : op.examples) {
            SCOPED_TRACE(op.name + ": " + example);
            try {
                ir::Graph graph = ir::parse(with_gradients(op, example), op.name);
                Remarks remarks;
                for (ir::Stage stage : {ir::Stage::model, ir::Stage::step, ir::Stage::lowered, ir::Stage::kernels, ir::Stage::loops,
                                        ir::Stage::planned}) {
                    if (stage != ir::Stage::model) graph = run_to(std::move(graph), stage, test::forced({}), remarks);
                    const std::string text = ir::print(graph);
                    for (const ir::Violation& violation : ir::violations(graph))
                        ADD_FAILURE() << name_of(stage) << ": " << violation.text << "\n" << text;
                    EXPECT_EQ(ir::print(ir::parse(text, "printed")), text) << name_of(stage);
                }
                ++calls;
            } catch (const std::exception& error) {
                ADD_FAILURE() << error.what();
            }
        }
    }
    EXPECT_GT(calls, ir::ops().size());
}

}  // namespace
}  // namespace ricci::passes
