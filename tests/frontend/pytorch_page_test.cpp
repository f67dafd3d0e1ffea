/// \file tests/frontend/pytorch_page_test.cpp
/// The code of docs/pytorch.md, compiled and run. Lessons.TheirCodeIsThatOfAProgramThatRuns compares the two.
#include <gtest/gtest.h>
#include <ricci.h>

#include <cmath>

#include "tests/frontend/source_tree.h"

namespace ricci::test {
namespace {

TEST(PyTorchPage, AModelAndALoop) {
    Model m("classifier");
    Tensor images = m.input("images", f32, {batch(), channel(1), height(28), width(28)});
    Tensor labels = m.input("labels", i32, {batch()});
    Tensor h = max_pool2d(relu(conv2d(images, {.out = 8, .kernel = 5, .padding = 2})), {.window = 2});
    Tensor logits = linear(dropout(flatten(h), {.rate = 0.1}), classes(10));
    Tensor loss = mean(softmax_cross_entropy(logits, labels));
    auto step = compile(training_step(loss, adamw({.learning_rate = 0.002}).clip_norm(1)));
    auto classify = compile(argmax(logits, classes));
    double last = 10;
    ImageData digits(draw_digits(640, 1), images.type());
    for (int epoch = 0; epoch < 4; ++epoch) {
        for (const Batch& batch : digits.batches(64, shuffle(epoch))) last = step(batch.images, batch.labels).scalar();
    }
    EXPECT_LT(last, 1.6);  // 2.3 to begin with
    for (const Batch& batch : digits.batches(10)) {
        EXPECT_EQ(classify(batch.images)[0].size(), 10);
        break;
    }
}

TEST(PyTorchPage, AttentionAsAnEquation) {
    Model m("attention");
    const std::vector<Axis> axes = {batch(), axis("head", 2), time(6), feature(4)};
    Tensor q = m.input("q", f32, axes), k = m.input("k", f32, axes), v = m.input("v", f32, axes);
    constexpr AxisName head{"head"};
    Index b("b", batch), n("n", head), t("t", time(6)), s("s", time(6)), r("r", time(6)), d("d", feature);
    Tensor scores = m.tensor("scores");
    scores[b, n, t, s] = sum(d)(q[b, n, t, d] * k[b, n, s, d]) / std::sqrt(4.0);
    Tensor weights = m.tensor("weights"), out = m.tensor("out");
    weights[b, n, t, s] = exp(scores[b, n, t, s]) / sum(r)(exp(scores[b, n, t, r]));
    out[b, n, t, d] = sum(s)(weights[b, n, t, s] * v[b, n, s, d]);
    // Of equal keys, attention is the mean of the values.
    Array queries(f32, {batch(1), head(2), time(6), feature(4)}), keys = queries, values = queries;
    for (std::size_t i = 0; i < 48; ++i) values.span<float>()[i] = static_cast<float>(i % 24);
    const Results results = compile(out)({{"q", queries}, {"k", keys}, {"v", values}});
    EXPECT_NEAR(results[0].at({0, 1, 3, 2}), 2 + 4 * 2.5, 1e-5);
}

TEST(PyTorchPage, AGradientInTheLoss) {
    Model m("critic");
    Tensor images = m.input("images", f32, {batch(), channel(1), height(8), width(8)});
    Tensor score = linear(flatten(tanh(conv2d(images, {.out = 2, .kernel = 3}))), 1);
    Tensor slope = grad(sum(score), images);
    Tensor norm = sqrt(sum(slope * slope, {channel, height, width}) + 1e-12);
    Tensor penalty = mean((norm - 1) * (norm - 1));
    auto both = compile(gradients(penalty));
    Array x(f32, {batch(3), channel(1), height(8), width(8)});
    for (std::size_t i = 0; i < 192; ++i) x.span<float>()[i] = std::sin(static_cast<float>(i));
    const Array kernel = both(x)["gradient.conv1.kernel"];
    // Against a difference quotient.
    Array weights = m.parameters()["conv1.kernel"];
    auto value = compile(penalty);
    const auto at = [&](float change) {
        Array moved = weights;
        moved.span<float>()[4] += change;
        m.parameters()["conv1.kernel"] = moved;
        const double found = value(x).scalar();
        m.parameters()["conv1.kernel"] = weights;
        return found;
    };
    EXPECT_NEAR(kernel.span<float>()[4], (at(0.01F) - at(-0.01F)) / 0.02, 2e-3);
}

TEST(Examples, TheRegularisedNetworkTakesAtMostSixtyLines) {
    EXPECT_LE(source_file("examples/regularised.cpp").lines.size(), 60U);
}

}  // namespace
}  // namespace ricci::test
