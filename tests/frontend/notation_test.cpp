/// \file tests/frontend/notation_test.cpp
/// Equations written in C++: what each means, read off its print.
#include "ricci/notation.h"

#include <gtest/gtest.h>

#include "ricci/model.h"
#include "tests/frontend/function.h"
#include "ir/print/print.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

/// Everything the equations of these tests use.
class Notation : public testing::Test {
  protected:
    Model m{"notation"};
    Tensor images = m.input("images", f32, {batch(), height(28), width(28), channel(3)});
    Tensor labels = m.input("labels", i32, {batch()});
    Tensor scores = m.input("scores", f32, {batch(), classes(10)});
    Tensor kernel = m.parameter("kernel", f32, {channel(8), tap_h(5), tap_w(5), channel(3)});
    Tensor bias = m.parameter("bias", f32, {channel(8)}, zeros());
    Index b{"b", batch}, y{"y", height}, x{"x", width}, n{"n", channel}, i{"i", channel}, dy{"dy"}, dx{"dx"};
    Index k{"k", classes};

    /// The equations so far, a line each.
    std::vector<std::string> equations() const {
        std::vector<std::string> lines;
        for (const ir::Equation& equation : graph_of(m).equations) lines.push_back(ir::print(graph_of(m), equation));
        return lines;
    }
};

TEST_F(Notation, AConvolutionLayerIsOneEquation) {
    Tensor layer = m.tensor("layer");
    const int s = 2;
    layer[b, y, x, n] = relu(sum(dy, dx, i)(kernel[n, dy, dx, i] * images[b, s * y + dy, s * x + dx, i]) - bias[n]);
    EXPECT_EQ(fmt::format("{}", layer), "layer: f32[batch ?, height 12, width 12, channel 8]");
    EXPECT_EQ(equations(), (std::vector<std::string>{"layer.sum[b, y, x, n] = sum(dy: tap_h 5, dx: tap_w 5, i: channel "
                                                     "3) kernel[n, dy, dx, i] * images[b, 2*y + dy, 2*x + dx, i]",
                                                     "layer[b, y, x, n] = max(layer.sum[b, y, x, n] - bias[n], 0)"}));
}

TEST_F(Notation, AnIndexThatIsNotOnTheLeftIsSummed) {
    Tensor total = m.tensor("total");
    total[b] = scores[b, k];
    EXPECT_EQ(equations(), std::vector<std::string>{"total[b] = sum(k: class 10) scores[b, k]"});
}

TEST_F(Notation, MaxPoolingIsAReductionOverAWindow) {
    Tensor pooled = m.tensor("pooled");
    Index r("r", tap_h(2)), c("c", tap_w(2));
    pooled[b, y, x, n] = max(r, c)(images[b, 2 * y + r, 2 * x + c, n]);
    EXPECT_EQ(fmt::format("{}", pooled), "pooled: f32[batch ?, height 14, width 14, channel 3]");
    EXPECT_EQ(equations(), std::vector<std::string>{
                               "pooled[b, y, x, n] = max(r: tap_h 2, c: tap_w 2) images[b, 2*y + r, 2*x + c, n]"});
}

TEST_F(Notation, PaddingIsWrittenAroundTheRead) {
    Tensor same = m.tensor("same");
    Index r("r", tap_h(3));
    same[b, y, x, n] = sum(r)(pad(images[b, y + r - 1, x, n], 0));
    EXPECT_EQ(fmt::format("{}", same), "same: f32[batch ?, height 28, width 28, channel 3]");
    EXPECT_EQ(equations(),
              std::vector<std::string>{"same[b, y, x, n] = sum(r: tap_h 3) pad(images[b, y + r - 1, x, n], 0)"});
}

TEST_F(Notation, AnIndexIsANumberWhereANumberIsWanted) {
    Tensor one_hot = m.tensor("one_hot");
    one_hot[b, k] = select(labels[b] == k, 1, scores[b, k]);
    EXPECT_EQ(equations(), std::vector<std::string>{"one_hot[b, k] = select(labels[b] == i32(k), 1, scores[b, k])"});
}

TEST_F(Notation, ATupleFlattensRowMajor) {
    Tensor flat_images = m.tensor("flat");
    flat_images[b, flat(n, y, x)] = images[b, y, x, n];
    EXPECT_EQ(fmt::format("{}", flat_images), "flat: f32[batch ?, feature 2352]");
}

TEST_F(Notation, TheExtentOfTheBatchIsKnownAtTheCall) {
    Tensor loss = m.tensor("loss");
    loss[] = sum(b, k)(scores[b, k] / cast(extent(b), f32));
    EXPECT_EQ(equations(),
              std::vector<std::string>{"loss[] = sum(b: batch ?, k: class 10) scores[b, k] / f32(extent(b))"});
}

TEST_F(Notation, AnAffineLeftScatters) {
    Tensor spread = m.tensor("spread");
    spread[b, y + dy, x + dx, i] += images[b, y, x, i] * kernel[n, dy, dx, i];
    EXPECT_EQ(equations(), std::vector<std::string>{
                               "spread[b, y + dy, x + dx, i] += images[b, y, x, i] * kernel[n, dy, dx, i] where "
                               "y: height 28, x: width 28, dy: tap_h 5, dx: tap_w 5, n: channel 8"});
}

TEST_F(Notation, AScatterThatClipsIsThatOfTheText) {
    Tensor spread = m.tensor("spread", f32, {batch(), height(28), channel(3)});
    Index r("r", tap_h(3));
    clip(spread[b, y + r - 1, i]) += images[b, y, 0, i];
    EXPECT_EQ(equations(), std::vector<std::string>{"clip spread[b, y + r - 1, i] += images[b, y, 0, i] where y: height 28, r: "
                                                    "tap_h 3"});
}

TEST_F(Notation, ALookUpIsOneElement) {
    const Tensor tokens = m.input("tokens", i32, {batch(), time(4)}), table = m.input("table", f32, {Axis{Kind::named("vocab"), 7}, feature(2)});
    Index t("t"), f("f");
    Tensor bag = m.tensor("bag"), same = m.tensor("same");
    bag[b, f] = table[tokens[b, t], f];
    same[b, f] = sum(t)(table[tokens[b, t], f]);
    ASSERT_EQ(equations().size(), 2U);
    EXPECT_EQ(equations()[0].substr(3), equations()[1].substr(4));
}

TEST_F(Notation, ArgmaxGivesTheNumberOfTheClass) {
    Tensor best = m["best"];
    best[b] = argmax(k)(scores[b, k]);
    EXPECT_EQ(fmt::format("{}", best), "best: i64[batch ?]");
}

TEST_F(Notation, ScalarFunctionsAreThoseOfTheIr) {
    Tensor z = m.tensor("z");
    z[b, k] =
        tanh(exp(-abs(scores[b, k]))) + sigmoid(sqrt(scores[b, k])) * pow(scores[b, k], 2) / max(scores[b, k], 0.5);
    EXPECT_EQ(equations(),
              std::vector<std::string>{"z[b, k] = tanh(exp(-abs(scores[b, k]))) + sigmoid(sqrt(scores[b, k])) * "
                                       "pow(scores[b, k], 2) / max(scores[b, k], 0.5)"});
}

}  // namespace
}  // namespace ricci::test
