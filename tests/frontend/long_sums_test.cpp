// Sums over many elements, in all the ways that they are computed. Their error does not grow with the length, and their
// bits do not depend on the threads.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/gradient/apply_optimizer.h"
#include "passes/gradient/differentiate.h"
#include "tests/frontend/compiled.h"
#include "tests/seed.h"

namespace ricci::testing {
namespace {

/// A text, and the batch that it is called with.
struct Program {
    std::string text;
    std::int64_t batch = 1;
};

/// Draws programs that sum some 1e5 to 1e6 elements each. All elements are one number, which is the worst: each
/// addition to a large sum then rounds the same way.
class Programs {
  public:
    explicit Programs(std::uint64_t seed) : random_(seed) {}

    std::uint64_t draw(std::uint64_t low, std::uint64_t high) {
        return std::uniform_int_distribution<std::uint64_t>(low, high)(random_);
    }
    double number() { return std::uniform_real_distribution<double>(0.05, 1)(random_); }

    Program reduction() {
        const std::uint64_t many = draw(100000, 700000);
        const std::uint64_t few = draw(1, 40);
        const std::uint64_t some = many / few + 1;
        const char* const bodies[] = {"X", "X * X", "0.5 * X", "X / 3", "exp(X)", "sqrt(X) + X", "X * w[]"};
        const std::string body = bodies[draw(0, std::size(bodies) - 1)];
        const auto sum = [&](const std::string& input, const std::string& left, const std::string& indices,
                             const std::string& read) {
            std::string of = body;
            for (std::size_t at; (at = of.find('X')) != std::string::npos;) of.replace(at, 1, read);
            return fmt::format(
                "input x: f32[{}]\ninput w: f32[]\nuse[] = w[]\ny[{}] = sum({}) {}\noutput y\noutput use\n", input,
                left, indices, of);
        };
        switch (draw(0, 6)) {
            case 0:
                return {sum(fmt::format("feature {}", many), "", "i", "x[i]")};
            case 1:
                return {sum(fmt::format("channel {}, feature {}", few, some), "c", "i", "x[c, i]")};
            case 2:
                return {sum(fmt::format("feature {}, channel {}", some, few), "c", "i", "x[i, c]")};
            case 3:
                return {sum(fmt::format("feature {}", 3 * many), "", fmt::format("i: feature {}", many), "x[3*i + 1]")};
            case 4:
                return {
                    sum(fmt::format("batch ?, channel {}, height 7, width 9", few), "c", "b, y, x", "x[b, c, y, x]"),
                    static_cast<std::int64_t>(some / 63 + 1)};
            case 5:
                return {
                    sum(fmt::format("height 31, channel {}, width {}", few, some / 31 + 1), "c", "y, x", "x[y, c, x]")};
            default:
                return {sum("batch ?", "", "b", "x[b]"), static_cast<std::int64_t>(many)};
        }
    }

    /// A value that is wanted, and sums of it in the same kernel.
    Program shared_loops() {
        const std::uint64_t few = draw(1, 70);
        const bool open = draw(0, 1) == 0;
        const std::uint64_t some = 400000 / few;
        return {fmt::format("input x: f32[batch {0}, feature {1}]\nt[b, i] = tanh(x[b, i])\ns[i] = sum(b) t[b, i]\n"
                            "r[b] = sum(i) t[b, i]\nm[] = sum(b, i) t[b, i] / f32(extent(b))\n"
                            "output t\noutput s\noutput r\noutput m\n",
                            open ? "?" : std::to_string(some), few),
                static_cast<std::int64_t>(some)};
    }

    Program product() {
        const std::uint64_t m = draw(1, 9), n = draw(1, 20), k = 1000000 / (m * n) + draw(0, 99);
        const bool turn_a = draw(0, 1) == 0, turn_b = draw(0, 1) == 0, open = draw(0, 1) == 0;
        const std::string depth = open ? "batch ?" : fmt::format("batch {}", k);
        return {fmt::format("input a: f32[{}]\ninput b: f32[{}]\ny[m, n] = sum(k) a[{}] * b[{}]\noutput y\n",
                            turn_a ? fmt::format("{}, channel {}", depth, m) : fmt::format("channel {}, {}", m, depth),
                            turn_b ? fmt::format("class {}, {}", n, depth) : fmt::format("{}, class {}", depth, n),
                            turn_a ? "k, m" : "m, k", turn_b ? "n, k" : "k, n"),
                static_cast<std::int64_t>(k)};
    }

    Program scatter() {
        const std::uint64_t taps = draw(1500, 2000), stride = draw(1, 2), positions = draw(1500, 2000);
        return {
            fmt::format("input g: f32[time {0}]\ninput w: f32[tap_time {1}]\nd: f32[time {2}]\n"
                        "d[{3}*t + s] += g[t] * w[s] where t: time {0}, s: tap_time {1}\noutput d\n",
                        positions, taps, stride * (positions - 1) + taps, stride)};
    }

    /// A layer in a batch tile, with its loss and all gradients.
    Program training() {
        const std::uint64_t in = draw(3, 9), out = draw(2, 5);
        return {fmt::format("input x: f32[batch ?, feature {0}]\ninput t: f32[batch ?, class {1}]\n"
                            "parameter w: f32[class {1}, feature {0}]\nparameter v: f32[class {1}]\n"
                            "h[b, k] = w[k, I] * x[b, I] + v[k]\n"
                            "loss[] = sum(b, k) h[b, k] * (1 + t[b, k]) / 100000\noutput loss\n"
                            "gradient dw = d loss / d w\ngradient dv = d loss / d v\n",
                            in, out),
                static_cast<std::int64_t>(draw(60000, 90000))};
    }

    Program kernel_gradient() {
        const std::uint64_t channels = 1, out = draw(1, 2), taps = draw(0, 1) == 0 ? 3 : 2;
        return {
            fmt::format("input x: f32[batch ?, channel {0}, height 130, width 130]\n"
                        "parameter w: f32[channel {1}, channel {0}, tap_h {2}, tap_w {2}]\ny = conv2d(x, w)\n"
                        "loss[] = sum(b, c, y, x) y[b, c, y, x] / 100000\noutput loss\ngradient dw = d loss / d w\n",
                        channels, out, taps),
            static_cast<std::int64_t>(draw(30, 60))};
    }

  private:
    std::mt19937_64 random_;
};

ir::Graph graph_of(const std::string& text) {
    passes::Remarks remarks;
    return passes::differentiate(ir::parse("ricci 1 model sums\n" + text), {}, remarks);
}

/// The largest distance of an element from what is expected, relative to it; infinite for a missing or odd one.
double relative_error(const ir::Arrays& expected, const ir::Arrays& got) {
    double worst = 0;
    for (const auto& [name, array] : expected) {
        const auto found = got.find(name);
        if (found == got.end() || found->second.elements.size() != array.elements.size()) return INFINITY;
        for (std::size_t i = 0; i < array.elements.size(); ++i) {
            const double apart = std::abs(found->second.elements[i] - array.elements[i]) / std::abs(array.elements[i]);
            worst = std::isnan(apart) ? INFINITY : std::max(worst, apart);
        }
    }
    return worst;
}

/// A sum that is cut has blocks of 256 terms, 512 in a register tile; one of up to 1024 there is not. Half of that
/// times 2^-24 is the most that equal terms can lose, and a few roundings more.
constexpr double kMostError = (1024 / 2 + 64) * 0x1p-24;

void check(const Program& program, double number, const passes::Options& options) {
    const ir::Graph graph = graph_of(program.text);
    const ir::Arrays given = draw(graph, {.batch = program.batch, .low = number, .high = number});
    Compiled compiled(graph, options);
    const ir::Arrays one = compiled(given);
    EXPECT_LE(relative_error(ir::interpret(graph, given), one), kMostError)
        << program.text << "batch " << program.batch << ", all elements " << number << ", tile " << options.tile
        << ", gemm " << options.gemm.word() << ", conv " << options.conv.word();
    for (int threads : {2, 3}) {
        runtime::ThreadTeam team(threads);
        const ir::Arrays many = compiled(given, team);
        for (const auto& [name, array] : one)
            EXPECT_EQ(many.at(name).elements, array.elements) << threads << " threads";
    }
}

TEST(LongSums, OfReductionsAreExactToSomeHundredRoundings) {
    for (const std::uint64_t seed : test::seeds(30)) {
        Programs programs(seed);
        check(programs.reduction(), programs.number(), {});
    }
}

TEST(LongSums, OfKernelsWithCommonLoopsAreExactToSomeHundredRoundings) {
    for (const std::uint64_t seed : test::seeds(6)) {
        Programs programs(seed);
        for (const char* tile : {"off", "16"}) check(programs.shared_loops(), programs.number(), {.tile = tile});
    }
}

TEST(LongSums, OfProductsAreExactToSomeHundredRoundings) {
    for (const std::uint64_t seed : test::seeds(6)) {
        Programs programs(seed);
        for (const char* gemm : {"auto", "blas", "contraction", "loops"})
            check(programs.product(), programs.number(), {.gemm = gemm});
    }
}

TEST(LongSums, OfScattersAreExactToSomeHundredRoundings) {
    for (const std::uint64_t seed : test::seeds(4)) {
        Programs programs(seed);
        check(programs.scatter(), programs.number(), {});
    }
}

TEST(LongSums, OverTheSamplesOfABatchAreExactToSomeHundredRoundings) {
    for (const std::uint64_t seed : test::seeds(2)) {
        Programs programs(seed);
        for (const char* tile : {"off", "auto", "16", "3"})
            check(programs.training(), programs.number(), {.tile = tile});
    }
}

TEST(LongSums, OfKernelGradientsAreExactToSomeHundredRoundings) {
    for (const std::uint64_t seed : test::seeds()) {
        Programs programs(seed);
        for (const char* conv : {"auto", "im2col", "blocks", "winograd", "winograd2", "direct", "naive"})
            check(programs.kernel_gradient(), programs.number(), {.conv = conv});
    }
}

// Two fifths of the digits of a float were gone.
TEST(LongSum, OfTwentyMillionTenthsHasTheMeanOfATenth) {
    const ir::Graph graph = ir::parse(
        "ricci 1 model long_sum\ninput x: f32[feature 20000000]\ny[i] = x[i] * 0 + 0.1\nm = mean(y, over = feature)\n"
        "output m\n");
    Compiled compiled(graph);
    const ir::Arrays given = draw(graph, {});
    EXPECT_NEAR(compiled(given).at("m").elements[0], 0.1, 1e-6);
}

TEST(LongSum, OfABatchNormKeepsItsDigits) {
    const ir::Graph graph = graph_of(
        "input x: f32[batch ?, channel 1, height 512, width 512]\nparameter w: f32[channel 1]\nparameter v: "
        "f32[channel 1]\n"
        "y = batch_norm(x, w, v)\nloss[] = sum(b, c, y, x) y[b, c, y, x] * y[b, c, y, x] * 1e-6\noutput y\noutput "
        "loss\n"
        "gradient dw = d loss / d w\ngradient dv = d loss / d v\n");
    for (const double low : {0.0, 10.0}) {
        const ir::Arrays given = draw(graph, {.batch = 8, .low = low, .high = low + 1});
        ir::Arrays expected = ir::interpret(graph, given);
        // dw is one element, a sum of terms 2e-6 * y * (y - v) / w of both signs: it is as exact as they are.
        double terms = 0;
        for (const double y : expected.at("y").elements)
            terms += std::fabs(2e-6 * y * (y - given.at("v").elements[0]) / given.at("w").elements[0]);
        const ir::Arrays dw = {{"dw", expected.at("dw")}};
        expected.erase("dw");
        for (const char* layout : {"nchw", "nhwc"}) {
            Compiled compiled(graph, {.layout = layout});
            const ir::Arrays got = compiled(given);
            SCOPED_TRACE(fmt::format("{}, from {}", layout, low));
            EXPECT_EQ(difference(expected, got, {.relative = 1e-5, .terms = terms_of(graph, given)}), "");
            EXPECT_EQ(difference(dw, got, {.relative = 1e-5, .floor = terms}), "");
        }
    }
}

}  // namespace
}  // namespace ricci::testing
