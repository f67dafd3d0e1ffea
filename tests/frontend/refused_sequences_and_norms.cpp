/// \file tests/frontend/refused_sequences_and_norms.cpp
/// Layers of sequences and images, and normalisations, that must be refused, each with its exact message.
#include "ricci.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

class RefusedMoreLayers : public testing::Test {
  protected:
    Model m{"m"};
    Tensor sound = m.input("sound", f32, {batch(), channel(6), time(16)});
    Tensor images = m.input("images", f32, {batch(), channel(6), height(5), width(4)});
    Tensor vectors = m.input("vectors", f32, {batch(), feature(7)});
};

TEST_F(RefusedMoreLayers, ConvolutionsAlongTheTime) {
    expect_refused(
        "no output channels", [&] { conv1d(sound, {.kernel = 3}); }, "conv1d \"conv1\": out is 0; it is at least 1");
    expect_refused(
        "no kernel", [&] { conv1d(sound, {.out = 3}); }, "conv1d \"conv1\": kernel is 0; it is at least 1");
    expect_refused(
        "a stride of 0", [&] { conv1d(sound, {.out = 3, .kernel = 3, .stride = 0}); },
        "conv1d \"conv1\": stride is 0; it is at least 1");
    expect_refused(
        "negative padding",
        [&] {
            conv1d(sound, {.out = 3, .kernel = 3, .padding = {0, -1}});
        },
        "conv1d \"conv1\": padding is -1; it is at least 0");
    expect_refused(
        "a dilation of 0", [&] { conv1d(sound, {.out = 3, .kernel = 3, .dilation = 0}); },
        "conv1d \"conv1\": dilation is 0; it is at least 1");
    expect_refused(
        "no groups", [&] { conv1d(sound, {.out = 3, .kernel = 3, .groups = 0}); },
        "conv1d \"conv1\": groups is 0; it is at least 1");
    expect_refused(
        "groups that do not divide", [&] { conv1d(sound, {.out = 8, .kernel = 3, .groups = 4}); },
        "conv1d \"conv1\": groups is 4, which does not divide both the 6 channels of sound and the 8 of the result");
    expect_refused(
        "a kernel longer than the sequence", [&] { conv1d(sound, {.out = 3, .kernel = 9, .dilation = 2}); },
        "conv1d \"conv1\": a kernel of 9 steps, 17 with its dilation, does not fit into x (sound): time 16, "
        "pad_before 0, pad_after 0");
    expect_refused(
        "features", [&] { conv1d(vectors, {.out = 3, .kernel = 3}); },
        "conv1d \"conv1\": vectors is f32[batch ?, feature 7], which has no axis of kind channel");
}

TEST_F(RefusedMoreLayers, OperandsOfConv1d) {
    Tensor narrow = m.parameter("narrow", f32, {channel(4), channel(5), Axis{Kind::named("tap_time"), 3}});
    expect_refused(
        "another number of channels",
        [&] {
            apply("conv1d", {sound, narrow});
        },
        "conv1d \"conv1d1\": x (sound) has 6 channels (axis 1) but w (narrow) expects 5 (axis 1), groups = 1");
    Tensor odd = m.parameter("odd", f32, {channel(4), channel(2), Axis{Kind::named("tap_time"), 3}});
    expect_refused(
        "groups that do not divide the result",
        [&] {
            apply("conv1d", {sound, odd}, {.attributes = {{"groups", 3}}});
        },
        "conv1d \"conv1d1\": w (odd) gives 4 channels (axis 0), which groups = 3 does not divide");
}

TEST_F(RefusedMoreLayers, Pools) {
    expect_refused(
        "no window", [&] { max_pool1d(sound, {}); }, "max_pool1d \"pool1\": window is 0; it is at least 1");
    expect_refused(
        "a window longer than the sequence", [&] { avg_pool1d(sound, {.window = 17}); },
        "avg_pool1d \"pool1\": windows of 17 steps do not fit into x (sound): time 16, pad_before 0, pad_after 0");
    expect_refused(
        "too much padding", [&] { max_pool1d(sound, {.window = 3, .padding = 2}); },
        "max_pool1d \"pool1\": padding of 2 steps is more than half a window of 3");
    expect_refused(
        "a window higher than the image",
        [&] {
            lp_pool2d(images, {.window = {6, 2}});
        },
        "lp_pool2d \"pool1\": windows of 6 rows do not fit into x (images): height 5");
    expect_refused(
        "a window wider than the image",
        [&] {
            lp_pool2d(images, {.window = {2, 5}});
        },
        "lp_pool2d \"pool1\": windows of 5 columns do not fit into x (images): width 4");
    expect_refused(
        "a power below 1", [&] { lp_pool2d(images, {.window = 2, .p = 0.5}); },
        "lp_pool2d \"pool1\": p is 0.5; at least 1 is needed");
}

TEST_F(RefusedMoreLayers, Normalisations) {
    expect_refused(
        "no groups", [&] { group_norm(images, 0); }, "group_norm: groups is 0; it is at least 1");
    expect_refused(
        "groups that do not divide", [&] { group_norm(images, 4); },
        "group_norm \"norm1\": x (images) has 6 channels (axis 1), which groups = 4 does not divide");
    expect_refused(
        "features", [&] { instance_norm(vectors); },
        "instance_norm \"norm1\": vectors is f32[batch ?, feature 7], which has no axis of kind channel");
    expect_refused(
        "no window", [&] { local_response_norm(images, {.size = 0}); },
        "local_response_norm \"local_response_norm1\": size is 0; at least 1 is needed");
}

TEST_F(RefusedMoreLayers, ActivationsAndConvolutionsOfImages) {
    expect_refused(
        "an axis without two halves", [&] { glu(vectors, feature); },
        "glu \"glu1\": x (vectors) has 7 positions along the axis, which have no two halves");
    expect_refused(
        "the batch", [&] { glu(vectors, batch); },
        "glu \"glu1\": glu over batch of x (f32[batch ?, feature 7]): it mixes the samples; over = channel or feature "
        "is "
        "meant");
    expect_refused(
        "a bend of no width", [&] { celu(vectors, 0); }, "celu \"celu1\": alpha is 0; at least 1e-30 is needed");
    expect_refused(
        "no channels", [&] { depthwise_conv2d(vectors, {.kernel = 3}); },
        "depthwise_conv2d: vectors is f32[batch ?, feature 7], which has no axis of kind channel");
    expect_refused(
        "no output channels", [&] { separable_conv2d(images, {.kernel = 3}); },
        "separable_conv2d \"conv1\": out is 0; it is at least 1");
}

}  // namespace
}  // namespace ricci::test
