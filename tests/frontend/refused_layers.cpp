/// \file tests/frontend/refused_layers.cpp
/// Layers, losses and programs that must be refused, each with its exact message.
#include <cmath>

#include "ricci/layers.h"
#include "ricci/model.h"
#include "ricci/arithmetic.h"
#include "ricci/program.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

class RefusedLayers : public testing::Test {
  protected:
    Model m{"m"};
    Tensor images = m.input("images", f32, {batch(), channel(6), height(28), width(28)});
    Tensor vectors = m.input("vectors", f32, {batch(), feature(20)});
    Tensor scores = m.input("scores", f32, {batch(), classes(10)});
    Tensor labels = m.input("labels", i32, {batch()});
};

TEST_F(RefusedLayers, Convolutions) {
    expect_refused(
        "no output channels", [&] { conv2d(images, {.kernel = 5}); }, "conv2d \"conv1\": out is 0; it is at least 1");
    expect_refused(
        "no kernel", [&] { conv2d(images, {.out = 6}); }, "conv2d \"conv1\": kernel is 0; it is at least 1");
    expect_refused(
        "a kernel of negative size", [&] { conv2d(images, {.out = 6, .kernel = -3}); },
        "conv2d \"conv1\": kernel is -3; it is at least 1");
    expect_refused(
        "a kernel larger than the image", [&] { conv2d(images, {.out = 6, .kernel = 29}); },
        "conv2d \"conv1\": a kernel of 29 rows, 29 with its dilation, does not fit into x (images): height 28, pad_top "
        "0, pad_bottom 0");
    expect_refused(
        "a dilated kernel larger than the image", [&] { conv2d(images, {.out = 6, .kernel = 8, .dilation = 4}); },
        "conv2d \"conv1\": a kernel of 8 rows, 29 with its dilation, does not fit into x (images): height 28, pad_top "
        "0, pad_bottom 0");
    expect_refused(
        "a stride of 0", [&] { conv2d(images, {.out = 6, .kernel = 5, .stride = 0}); },
        "conv2d \"conv1\": stride is 0; it is at least 1");
    expect_refused(
        "negative padding", [&] { conv2d(images, {.out = 6, .kernel = 5, .padding = -1}); },
        "conv2d \"conv1\": padding is -1; it is at least 0");
    expect_refused(
        "a dilation of 0", [&] { conv2d(images, {.out = 6, .kernel = 5, .dilation = 0}); },
        "conv2d \"conv1\": dilation is 0; it is at least 1");
    expect_refused(
        "groups that do not divide", [&] { conv2d(images, {.out = 8, .kernel = 5, .groups = 4}); },
        "conv2d \"conv1\": groups is 4, which does not divide both the 6 channels of images and the 8 of the result");
    expect_refused(
        "a kernel of other channels",
        [&] {
            conv2d(images, m.parameter("k", f32, {channel(16), channel(3), tap_h(5), tap_w(5)}));
        },
        "conv2d \"conv1\": x (images) has 6 channels (axis 1) but w (k) expects 3 (axis 1), groups = 1");
    expect_refused(
        "a kernel in height and width",
        [&] {
            conv2d(images, m.parameter("k2", f32, {channel(16), channel(6), height(5), width(5)}));
        },
        "conv2d \"conv1\": w (k2) has no tap_h axis, its type is f32[channel 16, channel 6, height 5, width 5]; "
        "conv2d takes w[channel, channel, tap_h, tap_w]");
    expect_refused(
        "an f64 kernel",
        [&] {
            conv2d(images, m.parameter("k3", f64, {channel(16), channel(6), tap_h(5), tap_w(5)}));
        },
        "conv2d \"conv1\": mul: w (k3) is f64 but meets f32; write f32(...) around one of them");
    expect_refused(
        "a convolution of vectors", [&] { conv2d(vectors, {.out = 6, .kernel = 5}); },
        "conv2d \"conv1\": vectors is f32[batch ?, feature 20], which has no axis of kind channel");
    expect_refused(
        "images without a width",
        [&] {
            conv2d(m.input("columns", f32, {batch(), channel(6), height(28)}), {.out = 6, .kernel = 5});
        },
        "conv2d \"conv1\": x (columns) has no width axis, its type is f32[batch ?, channel 6, height 28]; conv2d "
        "takes x[batch, channel, height, width]");
    expect_refused(
        "a name that is taken", [&] { conv2d(images, {.out = 6, .kernel = 5, .name = "labels"}); },
        "conv2d \"labels\": model \"m\" has a value of that name already (refused_layers.cpp:#); choose another name");
    expect_refused(
        "a tensor of nothing", [&] { conv2d(Tensor(), {.out = 6, .kernel = 5}); },
        "conv2d: operand 0 is a tensor without a value");
}

TEST_F(RefusedLayers, LinearLayers) {
    expect_refused(
        "channels where features belong", [&] { linear(images, 120); },
        "linear \"linear1\": images is f32[batch ?, channel 6, height 28, width 28], which has no axis of kind "
        "feature; flatten(x) makes one of all axes but the batch");
    expect_refused(
        "classes where features belong", [&] { linear(scores, 120); },
        "linear \"linear1\": scores is f32[batch ?, class 10], which has no axis of kind feature; flatten(x) makes one "
        "of all axes but the batch");
    expect_refused(
        "no features", [&] { linear(vectors, 0); }, "linear: out is 0; it is at least 1");
    expect_refused(
        "a weight of other features",
        [&] {
            apply("linear", {vectors, m.parameter("w", f32, {feature(5), feature(21)})});
        },
        "linear \"linear1\": w has feature 21 (axis 1) but x (vectors) has feature 20 (axis 1)");
    expect_refused(
        "matrices that do not meet",
        [&] {
            apply("matmul", {vectors, m.parameter("w2", f32, {classes(20), feature(5)})});
        },
        "matmul \"matmul1\": a (vectors) has feature 20 (axis 1) but b (w2) has feature 5 (axis 1)");
}

TEST_F(RefusedLayers, Pooling) {
    expect_refused(
        "a window of 0", [&] { avg_pool2d(images, {.window = 0}); },
        "avg_pool2d \"pool1\": window is 0; it is at least 1");
    expect_refused(
        "no window", [&] { max_pool2d(images, {}); }, "max_pool2d \"pool1\": window is 0; it is at least 1");
    expect_refused(
        "a window larger than the image", [&] { max_pool2d(images, {.window = 30}); },
        "max_pool2d \"pool1\": windows of 30 rows do not fit into x (images): height 28, pad_top 0, pad_bottom 0");
    expect_refused(
        "more padding than window", [&] { max_pool2d(images, {.window = 2, .padding = 2}); },
        "max_pool2d \"pool1\": padding of 2 rows is more than half a window of 2");
    expect_refused(
        "a negative stride", [&] { avg_pool2d(images, {.window = 2, .stride = -2}); },
        "avg_pool2d \"pool1\": stride is -2; it is at least 1");
    expect_refused(
        "vectors", [&] { avg_pool2d(vectors, {.window = 2}); },
        "avg_pool2d \"pool1\": x (vectors) has no channel axis, its type is f32[batch ?, feature 20]; avg_pool2d takes "
        "x[batch, channel, height, width]");
}

TEST_F(RefusedLayers, TheBatchIsNotAnAxisLikeTheOthers) {
    expect_refused(
        "softmax over the batch", [&] { softmax(scores, batch); },
        "softmax \"softmax1\": softmax over batch of x (f32[batch ?, class 10]): it mixes the samples; over = class is "
        "the axis of the classes; if the batch is meant, write it with indices");
    expect_refused(
        "mean over the batch", [&] { mean(scores, {batch}); },
        "mean \"mean1\": mean over batch of x (f32[batch ?, class 10]): it mixes the samples; if that is meant, write "
        "it with indices, as in y[c] = sum(b) x[b, c] / f32(extent(b))");
    expect_refused(
        "argmax over the batch", [&] { argmax(scores, batch); },
        "argmax \"argmax1\": argmax over batch of x (f32[batch ?, class 10]): it compares the samples; if that is "
        "meant, write it with indices, as in y[c] = argmax(b) x[b, c]");
}

TEST_F(RefusedLayers, Kinds) {
    expect_refused(
        "softmax over an axis that is not there", [&] { softmax(scores, channel); },
        "softmax \"softmax1\": x (scores) has no channel axis to go over; its type is f32[batch ?, class 10]");
    expect_refused(
        "softmax of images, with no axis named", [&] { softmax(images); },
        "softmax: images is f32[batch ?, channel 6, height 28, width 28], which has no axis of kind class or feature; "
        "name the axis: softmax(x, channel)");
    expect_refused(
        "features added to classes",
        [&] {
            scores + m.input("ten", f32, {batch(), feature(10)});
        },
        "add: scores is f32[batch ?, class 10] and ten is f32[batch ?, feature 10]: one has no feature, the other no "
        "class; if all pairs of the two are meant, write it with indices");
    expect_refused(
        "extents that differ", [&] { images + m.parameter("c", f32, {channel(8)}, zeros()); },
        "add \"add1\": a (images) has channel 6 (axis 1) but b (c) has channel 8 (axis 0); only an extent of 1 is "
        "repeated");
    expect_refused(
        "batches that differ",
        [&] {
            scores + m.input("fixed", f32, {batch(64), classes(10)});
        },
        "add \"add1\": a (scores) has batch ? (axis 0) but b (fixed) has batch 64 (axis 0); only an extent of 1 is "
        "repeated");
    expect_refused(
        "tanh of integers", [&] { tanh(labels); },
        "tanh \"tanh1\": tanh takes floating-point numbers but meets i32; write f32(...) around its argument");
    expect_refused(
        "a transposition without an axis",
        [&] {
            transpose(images, {batch, height, width});
        },
        "transpose: the order batch, height, width does not name each axis of images once, which is f32[batch ?, "
        "channel 6, height 28, width 28]");
}

TEST_F(RefusedLayers, Losses) {
    expect_refused(
        "labels in floating point", [&] { softmax_cross_entropy(scores, m.input("float_labels", f32, {batch()})); },
        "softmax_cross_entropy \"softmax_cross_entropy1\": labels (float_labels) is f32; its numbers are i32 or i64");
    expect_refused(
        "one-hot labels",
        [&] {
            softmax_cross_entropy(scores, m.input("one_hot", i32, {batch(), classes(10)}));
        },
        "softmax_cross_entropy: labels one_hot is i32[batch ?, class 10], but labels hold the number of the class, "
        "with no axis of kind class; argmax(one_hot, classes) makes them of one-hot rows");
    expect_refused(
        "logits in features", [&] { softmax_cross_entropy(vectors, labels); },
        "softmax_cross_entropy \"softmax_cross_entropy1\": x (vectors) has no class axis, its type is f32[batch ?, "
        "feature 20]; softmax_cross_entropy takes x[..., class]");
    expect_refused(
        "a target of another size",
        [&] {
            mse(vectors, m.input("target", f32, {batch(), feature(21)}));
        },
        "mse \"mse1\": x (vectors) has feature 20 (axis 1) but target has feature 21 (axis 1)");
    expect_refused(
        "logits and labels changed places", [&] { softmax_cross_entropy(labels, scores); },
        "softmax_cross_entropy: labels scores is f32[batch ?, class 10], but labels hold the number of the class, with "
        "no axis of kind class; argmax(scores, classes) makes them of one-hot rows");
}

TEST_F(RefusedLayers, UnknownOps) {
    expect_refused(
        "no such op", [&] { apply("conv2", {images}); }, "unknown op \"conv2\"; did you mean conv2d?");
    expect_refused(
        "no such attribute",
        [&] {
            apply("leaky_relu", {scores}, {.attributes = {{"alpha", 0.1}}});
        },
        "leaky_relu \"leaky_relu1\": leaky_relu has no attribute alpha; it has slope");
    expect_refused(
        "one operand too many",
        [&] {
            apply("tanh", {scores, scores});
        },
        "tanh \"tanh1\": tanh takes 1 operand (x), got 2");
    expect_refused(
        "a kind that the op does not take", [&] { apply("tanh", {scores}, {.over = classes}); },
        "tanh \"tanh1\": tanh takes no kind to go over");
}

TEST_F(RefusedLayers, Optimizers) {
    expect_refused(
        "a negative learning rate", [] { sgd({.learning_rate = -0.1f}); },
        "learning rate is -0.1; it is a finite number of at least 0");
    expect_refused(
        "a learning rate that is no number",
        [] { sgd({.learning_rate = std::nan("learning rate is nan; it is a finite number of at least 0")}); },
        "learning rate is nan; it is a finite number of at least 0");
    expect_refused(
        "an infinite learning rate", [] { sgd({.learning_rate = HUGE_VAL}); },
        "learning rate is inf; it is a finite number of at least 0");
    expect_refused(
        "a momentum of 1", [] { sgd({.learning_rate = 0.1, .momentum = 1}); },
        "sgd: momentum is 1; it is at least 0 and below 1");
    expect_refused(
        "a negative weight decay", [] { sgd({.learning_rate = 0.1, .weight_decay = -1}); },
        "sgd: weight_decay is -1; it is a finite number of at least 0");
    expect_refused(
        "nesterov without momentum", [] { sgd({.learning_rate = 0.1, .nesterov = true}); },
        "sgd: nesterov needs a momentum above 0, such as 0.9");
}

TEST_F(RefusedLayers, Programs) {
    Tensor y = linear(vectors, classes(10), {.name = "y"});
    Tensor losses = softmax_cross_entropy(y, labels);
    expect_refused(
        "a loss for each sample", [&] { training_step(losses, sgd()); },
        "training_step: softmax_cross_entropy1 is f32[batch ?], not one number; take its mean(...) or sum(...)");
    expect_refused(
        "an integer loss", [&] { training_step(m.input("count", i32, {}), sgd()); },
        "training_step: count is i32[] and has no gradient; use f32 or f64");
    expect_refused(
        "nothing to train", [&] { training_step(mean(vectors), sgd()); },
        "training_step: mean1 depends on no parameter, so there is nothing to train");
    expect_refused(
        "a loss of nothing", [&] { training_step(Tensor(), sgd()); },
        "training_step: operand 0 is a tensor without a value");
    expect_refused(
        "no outputs", [] { forward(std::vector<Tensor>{}); }, "forward: no outputs; name at least one tensor");
    expect_refused(
        "a model without outputs", [&] { forward(m); },
        "forward: model \"m\" has no outputs; name them with output(\"...\", tensor)");
    expect_refused(
        "gradients by integers", [&] { gradients(mean(losses), {labels}); },
        "gradients: labels is i32[batch ?]; only floating-point values have a gradient");
    expect_refused(
        "outputs of two models",
        [&] {
            Model other("other");
            forward({y, other.input("z", f32, {batch()})});
        },
        "forward: y belongs to model \"m\" but z belongs to model \"other\"");
    expect_refused(
        "arithmetic across models",
        [&] {
            Model other("other");
            y + other.input("z", f32, {batch(), classes(10)});
        },
        "add: y belongs to model \"m\" but z belongs to model \"other\"");
}

}  // namespace
}  // namespace ricci::test
