// Convolutions over a grid of strides, paddings, dilations, groups, kernels and extents, forward and both gradients.
// Patches and GEMMs through the JIT are compared with the seven loops of the equation.
#include <gtest/gtest.h>

#include <random>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/convolution/lower_conv2d.h"
#include "passes/gradient/differentiate.h"
#include "tests/frontend/compiled.h"
#include "tests/seed.h"

namespace ricci::testing {
namespace {

constexpr std::size_t kPointsPerProgram = 24;

/// One direction of a convolution.
struct Side {
    int extent, kernel, stride, before, after, dilation;
    int reach() const { return dilation * (kernel - 1) + 1; }
    bool fits() const { return extent + before + after >= reach(); }
    int result() const { return (extent + before + after - reach()) / stride + 1; }
};

struct Point {
    int batch, groups, channels, out;  // channels and out: of one group
    Side h, w;
};

std::string describe(const Point& p) {
    auto side = [](const Side& s) {
        return fmt::format("{} (kernel {}, stride {}, pad {}+{}, dilation {})", s.extent, s.kernel, s.stride, s.before,
                           s.after, s.dilation);
    };
    return fmt::format("batch {}, groups {}, channels {} -> {} a group, height {}, width {}", p.batch, p.groups,
                       p.channels, p.out, side(p.h), side(p.w));
}

/// Every combination along the height; what the grid leaves open is drawn.
std::vector<Point> grid(std::mt19937_64& random) {
    auto draw = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
    std::vector<Point> points;
    for (int stride = 1; stride <= 3; ++stride)
        for (int pad = 0; pad <= 2; ++pad)
            for (int dilation = 1; dilation <= 2; ++dilation)
                for (int groups = 1; groups <= 3; ++groups)
                    for (int kernel = 1; kernel <= 4; ++kernel)
                        for (int extent : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13}) {
                            Point p{draw(1, 2), groups, draw(1, 3), draw(1, 3), {}, {}};
                            p.h = {extent, kernel, stride, pad, draw(0, 2) == 0 ? draw(0, 2) : pad, dilation};
                            p.w = {draw(1, 7), draw(1, 3), draw(1, 3), draw(0, 2), draw(0, 2), draw(1, 2)};
                            if (draw(0, 1) == 0) std::swap(p.h, p.w);
                            if (p.h.fits() && p.w.fits()) points.push_back(p);
                        }
    return points;
}

std::string affine(int stride, const char* position, int dilation, const std::string& tap, int before) {
    return fmt::format("{}*{} + {}*{} - {}", stride, position, dilation, tap, before);
}

/// x, w and dy, y = x (*) w, and sum(y * dy) in `total`.
std::string equations(const Point& p, std::size_t number, bool nhwc, DType dtype) {
    const std::string at_y = affine(p.h.stride, "p", p.h.dilation, "r", p.h.before);
    const std::string at_x = affine(p.w.stride, "q", p.w.dilation, "s", p.w.before);
    const int channels = p.groups * p.channels;
    const int out = p.groups * p.out;
    auto image = [&](int c, int h, int w) {
        return nhwc ? fmt::format("{}[batch {}, height {}, width {}, channel {}]", name_of(dtype), p.batch, h, w, c)
                    : fmt::format("{}[batch {}, channel {}, height {}, width {}]", name_of(dtype), p.batch, c, h, w);
    };
    auto at = [&](const std::string& c, const std::string& y, const std::string& x) {
        return nhwc ? fmt::format("[b, {}, {}, {}]", y, x, c) : fmt::format("[b, {}, {}, {}]", c, y, x);
    };
    const std::string n = std::to_string(number);
    const bool grouped = p.groups > 1;
    std::string text;
    text += fmt::format("input x{}: {}\n", n, image(channels, p.h.extent, p.w.extent));
    text += fmt::format("input w{}: {}[channel {}, channel {}, tap_h {}, tap_w {}]\n", n, name_of(dtype), out,
                        p.channels, p.h.kernel, p.w.kernel);
    text += fmt::format("input dy{}: {}\n", n, image(out, p.h.result(), p.w.result()));
    text += fmt::format("y{}: {}\n", n, image(out, p.h.result(), p.w.result()));
    text += fmt::format("y{}{} = sum(i: channel {}, r: tap_h {}, s: tap_w {}) pad(x{}{}, 0) * w{}[{}, i, r, s]", n,
                        at(grouped ? "(g, o)" : "o", "p", "q"), p.channels, p.h.kernel, p.w.kernel, n,
                        at(grouped ? "(g, i)" : "i", at_y, at_x), n, grouped ? "(g, o)" : "o");
    if (grouped) text += fmt::format(" where g: channel {}, o: channel {}", p.groups, p.out);
    text += "  @conv2d\n";
    text += fmt::format("s{0}[] = sum(b, o, p, q) y{0}{1} * dy{0}{1}\n", n, at("o", "p", "q"));
    return text;
}

/// The points as one graph that asks for y and both gradients of each.
ir::Graph program(std::span<const Point> points, bool nhwc, DType dtype) {
    std::string text = "ricci 1 model grid\n";
    std::string total;
    for (std::size_t i = 0; i < points.size(); ++i) {
        text += equations(points[i], i, nhwc, dtype);
        total += fmt::format("{}s{}[]", i == 0 ? "" : " + ", i);
    }
    text += fmt::format("total[] = {}\n", total);
    for (std::size_t i = 0; i < points.size(); ++i) {
        text += fmt::format("output y{0}\ngradient dx{0} = d total / d x{0}\ngradient dw{0} = d total / d w{0}\n", i);
    }
    return ir::parse(text);
}

/// Runs part `part` of `parts` of the grid.
void check_part(std::uint64_t seed, std::size_t part, std::size_t parts, bool nhwc, DType dtype, double tolerance,
                const std::string& conv) {
    std::mt19937_64 random(seed);
    std::vector<Point> points = grid(random);
    EXPECT_GE(points.size(), 2000u);
    double worst = 0;
    std::size_t begin = points.size() * part / parts;
    const std::size_t end = points.size() * (part + 1) / parts;
    for (; begin < end; begin += kPointsPerProgram) {
        std::span<const Point> some(&points[begin], std::min(kPointsPerProgram, end - begin));
        ir::Graph model = program(some, nhwc, dtype);
        passes::Remarks remarks;
        const ir::Arrays given = draw(model, {.seed = seed + begin});
        const ir::Graph step = passes::differentiate(model, {}, remarks);
        const ir::Arrays expected = ir::interpret(step, given);
        passes::Options options;
        options.conv = conv;
        Compiled compiled(model, options);
        for (const passes::Remark& remark : compiled.remarks()) {
            EXPECT_FALSE(remark.text.contains("left as it is")) << remark.pass << " " << remark.text;
        }
        // Winograd's filtering mixes elements around a result, whose rounding it shares: its bound is that of the largest.
        Tolerance allowed{.relative = tolerance};
        if (!std::string_view(conv).starts_with("winograd")) allowed.terms = terms_of(step, given);
        const std::string apart = difference(expected, compiled(given), allowed, &worst);
        if (apart.empty()) continue;
        const std::size_t number = std::stoul(apart.substr(apart.find_first_of("0123456789")));
        FAIL() << describe(some[number]) << "\n" << apart << "\nseed " << seed << ", points from " << begin;
    }
    fmt::print("largest distance {:.1e}\n", worst);
}

void check_part(std::size_t part, std::size_t parts, bool nhwc, DType dtype, double tolerance,
                const std::string& conv = "auto") {
    for (const std::uint64_t seed : test::seeds()) check_part(seed, part, parts, nhwc, dtype, tolerance, conv);
}

// The grid is cut into quarters for the sake of machines with several cores.
TEST(ConvGrid, FirstQuarter) {
    check_part(0, 4, false, f64, 1e-12);
}
TEST(ConvGrid, SecondQuarter) {
    check_part(1, 4, true, f64, 1e-12);
}
TEST(ConvGrid, ThirdQuarter) {
    check_part(2, 4, false, f32, 2e-5);
}
TEST(ConvGrid, FourthQuarter) {
    check_part(3, 4, true, f32, 2e-5);
}

// Forced methods. Sums are short here, so F(4x4, 3x3) shows its larger error.
TEST(ConvGrid, BlocksInNchw) {
    check_part(0, 2, false, f32, 2e-5, "blocks");
}
TEST(ConvGrid, BlocksInNhwc) {
    check_part(1, 2, true, f32, 2e-5, "blocks");
}
TEST(ConvGrid, WinogradWhereItApplies) {
    check_part(1, 2, false, f32, 2e-4, "winograd");
    check_part(0, 2, true, f32, 2e-4, "winograd");
}
TEST(ConvGrid, DirectFromTheEquation) {
    check_part(1, 2, false, f64, 1e-12, "direct");
    check_part(0, 2, true, f32, 2e-5, "direct");
}
TEST(ConvGrid, SmallWinogradWhereItApplies) {
    check_part(0, 2, false, f32, 5e-5, "winograd2");
}

}  // namespace
}  // namespace ricci::testing
