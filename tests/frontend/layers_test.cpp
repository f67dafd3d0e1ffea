/// \file tests/frontend/layers_test.cpp
/// Layers: their parameters, names, shapes and the equations behind them.
#include "ricci/layers.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ricci/model.h"
#include "ricci/arithmetic.h"
#include "ir/print/print.h"
#include "tests/frontend/function.h"

namespace ricci::test {
namespace {

class Layers : public testing::Test {
  protected:
    Model m{"m"};
    Tensor images = m.input("images", f32, {batch(), channel(3), height(32), width(32)});
    Tensor last = m.input("last", f32, {batch(), height(32), width(32), channel(3)});
    Tensor vectors = m.input("vectors", f64, {batch(), feature(20)});
    Tensor scores = m.input("scores", f32, {batch(), classes(10)});
    Tensor labels = m.input("labels", i64, {batch()});

    std::string text(const Tensor& tensor) const { return fmt::format("{}", tensor); }
    const ir::Value& value(std::string_view name) const { return graph_of(m).value(graph_of(m).find(name)); }
};

TEST_F(Layers, AConvolutionMakesItsKernelAndBias) {
    EXPECT_EQ(text(conv2d(images, {.out = 8, .kernel = 5, .stride = 2, .padding = 2})),
              "conv1: f32[batch ?, channel 8, height 16, width 16]");
    EXPECT_EQ(to_string(value("conv1.kernel").type), "f32[channel 8, channel 3, tap_h 5, tap_w 5]");
    EXPECT_EQ(to_string(value("conv1.bias").type), "f32[channel 8]");
    EXPECT_EQ(value("conv1.bias").initial->b, 1 / std::sqrt(75.0));
}

TEST_F(Layers, AConvolutionKeepsTheOrderOfTheAxes) {
    EXPECT_EQ(text(conv2d(last, {.out = 8, .kernel = {3, 5}})), "conv1: f32[batch ?, height 30, width 28, channel 8]");
}

TEST_F(Layers, GroupsSplitTheChannels) {
    conv2d(images, {.out = 6, .kernel = 3, .groups = 3, .bias = false});
    EXPECT_EQ(to_string(value("conv1.kernel").type), "f32[channel 6, channel 1, tap_h 3, tap_w 3]");
    EXPECT_EQ(graph_of(m).find("conv1.bias"), ir::ValueId());
}

TEST_F(Layers, PaddingIsPerSide) {
    EXPECT_EQ(text(conv2d(images, {.out = 1, .kernel = 3, .padding = {1, 0, 2, 0}})),
              "conv1: f32[batch ?, channel 1, height 31, width 32]");
}

TEST_F(Layers, TheSameKernelCanServeTwice) {
    Tensor kernel = m.parameter("shared", f32, {channel(3), channel(3), tap_h(3), tap_w(3)});
    Tensor twice = conv2d(conv2d(images, kernel, {.padding = 1}), kernel, {.stride = 2, .name = "again"});
    EXPECT_EQ(text(twice), "again: f32[batch ?, channel 3, height 15, width 15]");
    EXPECT_EQ(m.parameter_count(), 81);
}

TEST_F(Layers, ALinearLayerGivesFeaturesOrClasses) {
    EXPECT_EQ(text(linear(vectors, 7)), "linear1: f64[batch ?, feature 7]");
    EXPECT_EQ(text(linear(vectors, classes(10), {.name = "logits"})), "logits: f64[batch ?, class 10]");
    EXPECT_EQ(to_string(value("linear1.weight").type), "f64[feature 7, feature 20]");
    EXPECT_EQ(to_string(value("logits.weight").type), "f64[class 10, feature 20]");
    EXPECT_EQ(to_string(value("logits.bias").type), "f64[class 10]");
}

TEST_F(Layers, NamesCountUp) {
    Tensor h = conv2d(conv2d(images, {.out = 4, .kernel = 3}), {.out = 4, .kernel = 3});
    EXPECT_EQ(h.name(), "conv2");
    EXPECT_EQ(relu(h).name(), "relu1");
    EXPECT_EQ(relu(h).name(), "relu2");
}

TEST_F(Layers, AWindowIsItsOwnStride) {
    EXPECT_EQ(text(avg_pool2d(images, {.window = 2})), "pool1: f32[batch ?, channel 3, height 16, width 16]");
    EXPECT_EQ(text(max_pool2d(images, {.window = 3, .stride = 2, .padding = 1})),
              "pool2: f32[batch ?, channel 3, height 16, width 16]");
}

TEST_F(Layers, FlattenMakesFeaturesOfAllButTheBatch) {
    EXPECT_EQ(text(flatten(images)), "flatten1: f32[batch ?, feature 3072]");
}

TEST_F(Layers, SoftmaxIsOverTheClassesUnlessAnotherAxisIsNamed) {
    EXPECT_EQ(text(softmax(scores)), "softmax1: f32[batch ?, class 10]");
    EXPECT_EQ(text(log_softmax(vectors)), "log_softmax1: f64[batch ?, feature 20]");
    EXPECT_EQ(text(softmax(images, channel)), "softmax2: f32[batch ?, channel 3, height 32, width 32]");
}

TEST_F(Layers, ReductionsTakeKinds) {
    EXPECT_EQ(text(mean(images, {height, width})), "mean2: f32[batch ?, channel 3]");
    EXPECT_EQ(text(sum(images, {channel})), "sum1: f32[batch ?, height 32, width 32]");
    EXPECT_EQ(text(mean(softmax_cross_entropy(scores, labels))), "mean3: f32[]");
    EXPECT_EQ(text(argmax(scores, classes)), "argmax1: i64[batch ?]");
    EXPECT_EQ(text(max(images, channel)), "max1: f32[batch ?, height 32, width 32]");
}

TEST_F(Layers, TransposeIsAnOrderOfKinds) {
    EXPECT_EQ(text(transpose(images, {batch, height, width, channel})),
              "transpose1: f32[batch ?, height 32, width 32, channel 3]");
}

TEST_F(Layers, NormalisationHasAScaleAndAShift) {
    EXPECT_EQ(text(batch_norm(images)), "norm1: f32[batch ?, channel 3, height 32, width 32]");
    EXPECT_EQ(text(layer_norm(vectors)), "norm2: f64[batch ?, feature 20]");
    EXPECT_EQ(to_string(value("norm1.scale").type), "f32[channel 3]");
    EXPECT_EQ(to_string(value("norm2.shift").type), "f64[feature 20]");
}

TEST_F(Layers, ArithmeticAlignsAxesByKind) {
    Tensor per_channel = m.parameter("per_channel", f32, {channel(3)}, zeros());
    EXPECT_EQ(text(images * per_channel + last), "add1: f32[batch ?, channel 3, height 32, width 32]");
}

TEST_F(Layers, NumbersStandInTheEquation) {
    Tensor y = 1 - 2.5 * scores;
    EXPECT_EQ(ir::print(graph_of(m), graph_of(m).equations.front()),
              "mul1[batch, class] = 2.5 * scores[batch, class]  @mul");
    EXPECT_EQ(ir::print(graph_of(m), graph_of(m).equations.back()), "sub1[batch, class] = 1 - mul1[batch, class]  @sub");
    EXPECT_EQ(text(-y), "neg1: f32[batch ?, class 10]");
}

TEST_F(Layers, AnyOpOfTheTableIsReachedByItsName) {
    EXPECT_EQ(text(apply("hard_tanh", {scores})), "hard_tanh1: f32[batch ?, class 10]");
    EXPECT_EQ(text(apply("move_last", {images}, {.over = channel, .name = "nhwc"})),
              "nhwc: f32[batch ?, height 32, width 32, channel 3]");
}

}  // namespace
}  // namespace ricci::test
