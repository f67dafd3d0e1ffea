// Gradients of windows drawn at random: stride, dilation, padding, taps, groups, reduction; first order against central
// differences, and the sum's second order. The seed is in each message.
#include <gtest/gtest.h>

#include <random>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "tests/passes/gradient_check.h"
#include "tests/seed.h"

namespace ricci::passes::testing {
namespace {

struct Window {
    std::string model;
    std::uint64_t seed;
};

/// y[b, g, o, p] = reduce(i, dy) x[b, g, i, stride*p + dilation*dy - pad] * k[g, o, i, dy]; g is the group.
Window draw(std::uint64_t seed, std::string_view reduce) {
    std::mt19937_64 engine(seed);
    auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine); };
    const int stride = pick(1, 3), dilation = pick(1, 2), taps = pick(1, 3);
    const int groups = pick(1, 2), in = pick(1, 2), out = pick(1, 2);
    const int pad = pick(0, dilation * (taps - 1) + 1);
    const int reach = dilation * (taps - 1) + 1;
    const int height = pick(std::max(1, reach - 2 * pad), reach + 3);
    const int positions = (height + 2 * pad - reach) / stride + 1;
    const std::string read = fmt::format("x[b, g, i, {}*p + {}*dy - {}]", stride, dilation, pad);
    const std::string outside = reduce == "max" ? "-1" : reduce == "min" ? "1" : "0.5";
    return {fmt::format("ricci 1 model window\n"
                        "input x: f64[batch ?, feature {0}, channel {1}, height {2}]\n"
                        "input k: f64[feature {0}, channel {3}, channel {1}, tap_h {4}]\n"
                        "input c: f64[batch ?, feature {0}, channel {3}, height {5}]\n"
                        "y: f64[batch ?, feature {0}, channel {3}, height {5}]\n"
                        "y[b, g, o, p] = {6}(i: channel {1}, dy: tap_h {4}) pad({7}, {8}) * k[g, o, i, dy]\n"
                        "loss: f64[]\n"
                        "loss[] = sum(b: batch ?, g: feature {0}, o: channel {3}, p: height {5}) "
                        "c[b, g, o, p] * y[b, g, o, p]\n",
                        groups, in, height, out, taps, positions, reduce, read, outside),
            seed};
}

class RandomWindow : public ::testing::TestWithParam<std::string_view> {};

TEST_P(RandomWindow, HasTheGradientOfCentralDifferences) {
    for (const std::uint64_t seed : test::seeds(60)) {
        const Window window = draw(seed, GetParam());
        const ir::Graph graph = ir::parse(window.model);
        const GradientCheck check{.loss = "loss", .by = {"x", "k"}, .batch = 2, .seed = seed, .most = 12};
        EXPECT_EQ(gradient_error(graph, check), "") << "seed " << seed << "\n" << window.model;
    }
}

TEST_P(RandomWindow, HasASecondDerivative) {
    for (const std::uint64_t seed : test::seeds(20)) {
        const Window window = draw(seed, GetParam());
        const ir::Graph graph = ir::parse(window.model);
        const GradientCheck check{.loss = "loss", .by = {"x", "k"}, .batch = 2, .seed = seed, .most = 6};
        EXPECT_EQ(second_order_error(graph, check), "") << "seed " << seed << "\n" << window.model;
    }
}

INSTANTIATE_TEST_SUITE_P(Reductions, RandomWindow, ::testing::Values("sum", "max", "min", "prod"),
                         [](const auto& reduce) { return std::string(reduce.param); });

}  // namespace
}  // namespace ricci::passes::testing
