// Layers of sequences and images, normalisations and losses in C++: parameters, names, shapes and the ops behind them.
#include <gtest/gtest.h>

#include <cmath>

#include "ir/print/print.h"
#include "ricci.h"
#include "tests/frontend/function.h"

namespace ricci::test {
namespace {

class MoreLayers : public testing::Test {
  protected:
    Model m{"m"};
    Tensor sound = m.input("sound", f32, {batch(), channel(4), time(16)});
    Tensor steps = m.input("steps", f32, {batch(), time(16), channel(4)});
    Tensor images = m.input("images", f32, {batch(), channel(4), height(8), width(6)});
    Tensor vectors = m.input("vectors", f64, {batch(), feature(20)});
    Tensor others = m.input("others", f64, {batch(), feature(20)});
    Tensor scores = m.input("scores", f32, {batch(), classes(10)});
    Tensor shares = m.input("shares", f32, {batch(), classes(10)});
    Tensor weights = m.input("weights", f32, {classes(10)});
    Tensor labels = m.input("labels", i64, {batch()});
    Tensor sign = m.input("sign", f64, {batch()});

    std::string text(const Tensor& tensor) const { return fmt::format("{}", tensor); }
    const ir::Value& value(std::string_view name) const { return graph_of(m).value(graph_of(m).find(name)); }
    bool has(std::string_view text) const { return ir::print(graph_of(m)).contains(text); }
};

TEST_F(MoreLayers, AConvolutionAlongTheTimeMakesItsKernelAndBias) {
    EXPECT_EQ(text(conv1d(sound, {.out = 6, .kernel = 3, .stride = 2, .padding = 1, .dilation = 2, .groups = 2})),
              "conv1: f32[batch ?, channel 6, time 7]");
    EXPECT_EQ(to_string(value("conv1.kernel").type), "f32[channel 6, channel 2, tap_time 3]");
    EXPECT_EQ(to_string(value("conv1.bias").type), "f32[channel 6]");
    EXPECT_EQ(value("conv1.bias").initial->b, 1 / std::sqrt(6.0));
    EXPECT_EQ(text(conv1d(steps, {.out = 2, .kernel = 5, .padding = {4, 0}, .bias = false, .name = "past"})),
              "past: f32[batch ?, time 16, channel 2]");
    EXPECT_EQ(graph_of(m).find("past.bias"), ir::ValueId());
}

TEST_F(MoreLayers, PoolsAlongTheTime) {
    EXPECT_EQ(text(max_pool1d(sound, {.window = 3, .stride = 2, .padding = {1, 0}})),
              "pool1: f32[batch ?, channel 4, time 8]");
    EXPECT_EQ(text(avg_pool1d(steps, {.window = 4})), "pool2: f32[batch ?, time 4, channel 4]");
}

TEST_F(MoreLayers, ADepthwiseConvolutionHasAKernelForEachChannel) {
    EXPECT_EQ(text(depthwise_conv2d(images, {.kernel = 3, .padding = 1})),
              "conv1: f32[batch ?, channel 4, height 8, width 6]");
    EXPECT_EQ(to_string(value("conv1.kernel").type), "f32[channel 4, channel 1, tap_h 3, tap_w 3]");
    EXPECT_EQ(text(depthwise_conv2d(images, {.out = 8, .kernel = 3})),
              "conv2: f32[batch ?, channel 8, height 6, width 4]");
}

TEST_F(MoreLayers, ASeparableConvolutionIsTwo) {
    const std::int64_t before = m.parameter_count();
    EXPECT_EQ(text(separable_conv2d(images, {.out = 10, .kernel = 3, .padding = 1, .name = "s"})),
              "s.pointwise: f32[batch ?, channel 10, height 8, width 6]");
    EXPECT_EQ(m.parameter_count() - before, 4 * 9 + 4 + 4 * 10 + 10);
    EXPECT_EQ(to_string(value("s.depthwise.kernel").type), "f32[channel 4, channel 1, tap_h 3, tap_w 3]");
}

TEST_F(MoreLayers, PoolsOfImages) {
    EXPECT_EQ(to_string(global_avg_pool2d(images).type()), "f32[batch ?, channel 4]");
    EXPECT_EQ(to_string(global_max_pool2d(images).type()), "f32[batch ?, channel 4]");
    EXPECT_EQ(text(lp_pool2d(images, {.window = 2, .p = 3})), "pool1: f32[batch ?, channel 4, height 4, width 3]");
}

TEST_F(MoreLayers, NormalisationsMakeScalesAndShifts) {
    EXPECT_EQ(text(group_norm(images, 2)), "norm1: f32[batch ?, channel 4, height 8, width 6]");
    EXPECT_EQ(to_string(value("norm1.scale").type), "f32[channel 4]");
    EXPECT_EQ(value("norm1.scale").initial->a, 1);
    EXPECT_EQ(to_string(value("norm1.shift").type), "f32[channel 4]");
    EXPECT_EQ(text(instance_norm(images, {.name = "each"})), "each: f32[batch ?, channel 4, height 8, width 6]");
    EXPECT_EQ(text(rms_norm(vectors)), "norm2: f64[batch ?, feature 20]");
    EXPECT_EQ(graph_of(m).find("norm2.shift"), ir::ValueId());
    const std::int64_t before = m.parameter_count();
    EXPECT_EQ(to_string(local_response_norm(images, {.size = 3}).type()), "f32[batch ?, channel 4, height 8, width 6]");
    EXPECT_EQ(m.parameter_count(), before);
}

TEST_F(MoreLayers, ActivationsTakeTheirSettings) {
    elu(vectors, 0.25);
    celu(vectors, 0.375);
    hard_tanh(vectors, -2.5, 3.5);
    softplus(vectors, 4.5, 17);
    soft_shrink(vectors, 0.625);
    hard_shrink(vectors, 0.875);
    threshold(vectors, 1.25, 8.5);
    leaky_relu(vectors, 0.125);
    for (const char* number : {"0.25", "0.375", "-2.5", "3.5", "4.5", "17", "0.625", "0.875", "1.25", "8.5", "0.125"}) {
        EXPECT_TRUE(has(number)) << number;
    }
    EXPECT_EQ(to_string(glu(images, channel).type()), "f32[batch ?, channel 2, height 8, width 6]");
    EXPECT_EQ(to_string(softmin(scores).type()), "f32[batch ?, class 10]");
    EXPECT_EQ(text(prelu(images)), "prelu1: f32[batch ?, channel 4, height 8, width 6]");
    EXPECT_EQ(to_string(value("prelu1.slope").type), "f32[channel 4]");
    EXPECT_EQ(value("prelu1.slope").initial->a, 0.25);
    prelu(vectors, {.slope = 0.5, .name = "p"});
    EXPECT_EQ(to_string(value("p.slope").type), "f64[feature 20]");
}

TEST_F(MoreLayers, LossesAreANumberForEachSample) {
    for (const Tensor& loss :
         {l1(vectors, others), huber(vectors, others, 0.5), smooth_l1(vectors, others, 2), bce(vectors, others),
          bce_with_logits(vectors, others), soft_margin(vectors, others), hinge(vectors, others),
          hinge_embedding(vectors, others, 2), kl_div(vectors, others), cosine_embedding(vectors, others, sign, 0.5),
          triplet_margin(vectors, others, vectors, 2)}) {
        EXPECT_EQ(to_string(loss.type()), "f64[batch ?]");
    }
    for (const Tensor& loss :
         {nll(scores, labels), multi_margin(scores, labels), soft_cross_entropy(scores, shares, 0.1),
          weighted_softmax_cross_entropy(scores, labels, weights, 0.1)}) {
        EXPECT_EQ(to_string(loss.type()), "f32[batch ?]");
    }
    EXPECT_EQ(to_string(margin_ranking(sign, sign, sign).type()), "f64[batch ?]");
}

TEST_F(MoreLayers, TheRestAndTheAngleTakeNumbersToo) {
    EXPECT_EQ(to_string(mod(vectors, 2).type()), "f64[batch ?, feature 20]");
    EXPECT_EQ(to_string(atan2(1, vectors).type()), "f64[batch ?, feature 20]");
    EXPECT_EQ(to_string(atan2(vectors, others).type()), "f64[batch ?, feature 20]");
    EXPECT_TRUE(has("mod(vectors[") && has("atan2(1, vectors["));
}

}  // namespace
}  // namespace ricci::test
