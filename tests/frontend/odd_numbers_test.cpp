// One number that is infinite, nan or near the largest float, at a random place of what a program reads. By every
// method and in every part of a vector:
// - results are finite where the interpreter's are;
// - nan wins every maximum.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/gradient/differentiate.h"
#include "tests/frontend/compiled.h"
#include "tests/seed.h"

namespace ricci::testing {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

ir::Graph graph_of(const std::string& text) {
    passes::Remarks remarks;
    return passes::differentiate(ir::parse("ricci 1 model odd\n" + text), {}, remarks);
}

/// The first element that is finite in one and not in the other, or nan in one only where `kinds`; "" when there is
/// none.
std::string difference_of_kind(const std::string& name, const ir::Array& expected, const ir::Array& got, bool kinds) {
    if (expected.elements.size() != got.elements.size()) return name + " has other extents";
    for (std::size_t i = 0; i < expected.elements.size(); ++i) {
        const double a = expected.elements[i];
        const double b = got.elements[i];
        const bool same = std::isfinite(a) == std::isfinite(b) && (!kinds || std::isnan(a) == std::isnan(b));
        if (!same) return fmt::format("{}: element {} of {} is {}, expected {}", name, i, got.elements.size(), b, a);
    }
    return "";
}

class OddNumbers : public ::testing::Test {
  protected:
    /// Draws from that seed from here on.
    void start(std::uint64_t seed) {
        seed_ = seed;
        random_.seed(seed);
    }
    int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

    /// Puts an odd number at a place of one input, and gives the place.
    std::size_t poison(ir::Arrays& given, const std::string& name, double odd) {
        std::vector<double>& elements = given.at(name).elements;
        const auto place = static_cast<std::size_t>(pick(0, static_cast<int>(elements.size()) - 1));
        elements[place] = odd;
        return place;
    }

    std::uint64_t seed_ = 0;
    std::mt19937_64 random_;
};

/// Whether an output of the convolution's program reads an input.
bool reads(const std::string& output, char input) {
    return input != (output == "y" ? 'g' : output == "dx" ? 'x' : 'w');
}

/// Ones, but for the input with the odd number: that has a one there and zeros elsewhere. Results are then 0 where no
/// product has it as a factor.
ir::Arrays with_one(ir::Arrays given, const std::string& poisoned, std::size_t place) {
    for (auto& [name, array] : given) std::ranges::fill(array.elements, name == poisoned ? 0 : 1);
    given.at(poisoned).elements[place] = 1;
    return given;
}

TEST_F(OddNumbers, ReachTheSameResultsByEveryMethodOfAConvolution) {
    for (const std::uint64_t seed : test::seeds(12)) {
        start(seed);
        const int stride = pick(1, 2), dilation = pick(1, 2), pad = pick(0, 1), taps = pick(0, 1) == 0 ? 3 : pick(1, 5);
        const int reach = dilation * (taps - 1) + 1;
        const int height = reach + pick(0, 12), width = reach + pick(0, 12), batch = pick(1, 3);
        const int in = pick(1, 6), out = pick(1, 20);
        const int rows = (height + 2 * pad - reach) / stride + 1, columns = (width + 2 * pad - reach) / stride + 1;
        const bool last = pick(0, 1) == 0;
        const auto image = [&](int channels, int h, int w) {
            return last ? fmt::format("f32[batch {}, height {}, width {}, channel {}]", batch, h, w, channels)
                        : fmt::format("f32[batch {}, channel {}, height {}, width {}]", batch, channels, h, w);
        };
        const char* at = last ? "[b, p, q, o]" : "[b, o, p, q]";
        const std::string text = fmt::format(
            "input x: {}\ninput w: f32[channel {}, channel {}, tap_h {}, tap_w {}]\ninput g: {}\n"
            "y = conv2d(x, w, stride = {}, dilation = {}, pad = {})\nloss[] = y{} * g{}\noutput y\n"
            "gradient dx = d loss / d x\ngradient dw = d loss / d w\n",
            image(in, height, width), out, in, taps, taps, image(out, rows, columns), stride, dilation, pad, at, at);
        const ir::Graph graph = graph_of(text);
        for (const char* conv : {"auto", "im2col", "blocks", "winograd", "winograd2", "direct", "naive"}) {
            Compiled compiled(graph, {.conv = conv});
            for (const char* poisoned : {"x", "w", "g"}) {
                ir::Arrays given = draw(graph, {.seed = random_()});
                const double odd = std::vector{kInfinity, -kInfinity, kNan, 1e38}[static_cast<std::size_t>(pick(0, 3))];
                const std::size_t place = poison(given, poisoned, odd);
                const ir::Arrays expected = ir::interpret(graph, given);
                const ir::Arrays got = compiled(given);
                const ir::Arrays touched = ir::interpret(graph, with_one(given, poisoned, place));
                for (auto [name, array] : expected) {
                    if (!reads(name, *poisoned)) continue;
                    // Whether a 0 from outside of an image is multiplied is left open. It may make nan of a number that
                    // the result has no other part of. The gradient by the image says so nowhere: it scatters.
                    const bool solved = name == "dx" && *poisoned == 'w';
                    for (std::size_t i = 0; i < array.elements.size(); ++i) {
                        const bool open = solved || !std::isfinite(array.elements[i]);
                        if (open && touched.at(name).elements[i] == 0) array.elements[i] = got.at(name).elements[i];
                    }
                    EXPECT_EQ(difference_of_kind(name, array, got.at(name), false), "")
                        << text << "conv " << conv << ", " << odd << " in " << poisoned << ", seed " << seed_;
                }
            }
        }
    }
}

TEST_F(OddNumbers, ReachTheSameResultsOfSumsAndProducts) {
    for (const std::uint64_t seed : test::seeds(12)) {
        start(seed);
        const int m = pick(1, 40), n = pick(1, 40), k = pick(1, 600);
        const std::string text = fmt::format(
            "input a: f32[channel {0}, feature {2}]\ninput b: f32[feature {2}, class {1}]\ninput c: f32[class {1}, "
            "feature {2}]\n"
            "input s: f32[]\ny[i, j] = sum(k) a[i, k] * b[k, j]\nz[i, j] = sum(k) a[i, k] * c[j, k]\n"
            "r[i] = sum(k) a[i, k] * s[]\nq[k] = sum(i) a[i, k] * s[]\nt[] = sum(i, k) a[i, k]\nu[i] = sum(k) a[i, k] "
            "* a[i, k] * s[]\n"
            "output y\noutput z\noutput r\noutput q\noutput t\noutput u\n",
            m, n, k);
        const ir::Graph graph = graph_of(text);
        for (const char* gemm : {"auto", "blas", "contraction", "loops"}) {
            Compiled compiled(graph, {.gemm = gemm});
            for (const char* poisoned : {"a", "b", "c", "s"}) {
                ir::Arrays given = draw(graph, {.seed = random_(), .low = 0.5, .high = 1});
                const double odd = std::vector{kInfinity, -kInfinity, kNan}[static_cast<std::size_t>(pick(0, 2))];
                poison(given, poisoned, odd);
                const ir::Arrays got = compiled(given);
                for (const auto& [name, array] : ir::interpret(graph, given)) {
                    EXPECT_EQ(difference_of_kind(name, array, got.at(name), true), "")
                        << text << "gemm " << gemm << ", " << odd << " in " << poisoned << ", seed " << seed_;
                }
            }
        }
    }
}

TEST_F(OddNumbers, AreTheLargestAndTheSmallestWhereTheyAreNan) {
    for (const std::uint64_t seed : test::seeds(8)) {
        start(seed);
        const int channels = pick(1, 5), height = pick(2, 19), width = pick(2, 40), batch = pick(1, 40);
        const int window = pick(1, 2);
        const std::string text = fmt::format(
            "input x: f32[batch ?, channel {0}, height {1}, width {2}]\n"
            "parameter w: f32[channel 3, channel {0}, tap_h 1, tap_w 1]\n"
            "all[] = max(b, c, y, x) x[b, c, y, x]\nleast[c] = min(b, y, x) x[b, c, y, x]\n"
            "rows[b, c, y] = max(x) x[b, c, y, x]\ncolumns[b, c, x] = min(y) x[b, c, y, x]\n"
            "samples[c, y, x] = max(b) x[b, c, y, x]\nrelu[b, c, y, x] = max(x[b, c, y, x], 0)\n"
            "most[b, c] = max(y, x) relu[b, c, y, x]\n"
            "p = max_pool2d(x, window = {3})\nh = conv2d(x, w)\na = tanh(h)\npa = max_pool2d(a, window = {3})\n"
            "pr = max_pool2d(x, window = 2, stride = 1, pad = 1)\nm = avg_pool2d(a, window = {3})\n"
            "output all\noutput least\noutput rows\noutput columns\noutput samples\noutput most\noutput p\noutput pa\n"
            "output pr\noutput m\n",
            channels, height, width, window);
        const ir::Graph graph = graph_of(text);
        for (const char* tile : {"off", "16", "3"}) {
            Compiled compiled(graph, {.tile = tile});
            ir::Arrays given = draw(graph, {.batch = batch, .seed = random_()});
            poison(given, "x", pick(0, 3) == 0 ? kInfinity : kNan);
            const ir::Arrays got = compiled(given);
            for (const auto& [name, array] : ir::interpret(graph, given)) {
                EXPECT_EQ(difference_of_kind(name, array, got.at(name), true), "")
                    << text << "tile " << tile << ", batch " << batch << ", seed " << seed_;
            }
        }
    }
}

// The sum is not added up, for it is 0: passes/cleanup/deviations.h.
TEST(OddDeviations, FromAMeanShowWhatIsNoNumber) {
    const ir::Graph graph = ir::parse(R"(ricci 1 model deviations
input x: f32[batch ?, width 70]
m: f32[]
m[] = sum(b, i) x[b, i] / (70 * f32(extent(b)))
z: f32[]
z[] = sum(b, i) (x[b, i] - m[])
output z
)");
    Compiled compiled(graph);
    for (double odd : {1.0, kNan, kInfinity, -kInfinity}) {
        ir::Array x{.extents = {2, 70}, .elements = std::vector<double>(140, 0.5), .integers = {}};
        x.elements[77] = odd;
        const ir::Arrays given{{"x", x}};
        const double got = compiled(given).at("z").elements[0];
        if (std::isfinite(odd)) {
            EXPECT_EQ(got, 0);
        } else {
            EXPECT_TRUE(std::isnan(got)) << odd;
        }
        EXPECT_EQ(difference_of_kind("z", ir::interpret(graph, given).at("z"), compiled(given).at("z"), true), "") << odd;
    }
}

}  // namespace
}  // namespace ricci::testing
