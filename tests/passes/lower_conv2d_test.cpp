// Convolutions over a grid of shapes: whatever the passes make of them and of their gradients has the same values.
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <random>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/check/verify_values.h"
#include "passes/pipeline.h"
#include "tests/seed.h"

namespace ricci::passes {
namespace {

using namespace ir;

struct Shape {
    std::int64_t batch, groups, in, out;  // channels of one group
    std::int64_t height, width, kernel_h, kernel_w;
    std::int64_t stride_h, stride_w, dilation_h, dilation_w;
    std::int64_t top, bottom, left, right;
    bool channel_last;
    int kernel_order;  // 0 OIHW, 1 OHWI, 2 HWIO

    std::int64_t rows() const { return (height + top + bottom - dilation_h * (kernel_h - 1) - 1) / stride_h + 1; }
    std::int64_t columns() const { return (width + left + right - dilation_w * (kernel_w - 1) - 1) / stride_w + 1; }
    bool is_possible() const {
        return height + top + bottom > dilation_h * (kernel_h - 1) &&
               width + left + right > dilation_w * (kernel_w - 1);
    }
    std::string text() const;
};

/// The training graph of one convolution, both gradients of a weighted sum of it asked for.
std::string Shape::text() const {
    auto image = [&](std::string_view b, std::string_view c, std::string_view y, std::string_view x) {
        return channel_last ? fmt::format("{}, {}, {}, {}", b, y, x, c) : fmt::format("{}, {}, {}, {}", b, c, y, x);
    };
    auto kernel = [&](std::string_view o, std::string_view i, std::string_view r, std::string_view s) {
        if (kernel_order == 0) return fmt::format("{}, {}, {}, {}", o, i, r, s);
        return kernel_order == 1 ? fmt::format("{}, {}, {}, {}", o, r, s, i)
                                 : fmt::format("{}, {}, {}, {}", r, s, i, o);
    };
    auto axis = [](std::string_view kind, std::int64_t extent) { return fmt::format("{} {}", kind, extent); };
    std::string b = batch > 0 ? axis("batch", batch) : "batch ?";
    std::string read =
        image("b", groups > 1 ? "(g, i)" : "i", fmt::format("{}*y + {}*dy - {}", stride_h, dilation_h, top),
              fmt::format("{}*x + {}*dx - {}", stride_w, dilation_w, left));
    std::string o = groups > 1 ? "(g, o)" : "o";
    std::string result = image(b, axis("channel", groups * out), axis("height", rows()), axis("width", columns()));
    std::string decls = groups > 1 ? fmt::format(", g: channel {}, o: channel {}", groups, out) : "";
    bool padded = top + bottom + left + right > 0;
    return fmt::format(
        "ricci 1 model conv\n"
        "input x: f64[{0}]\nparameter w: f64[{1}]\ninput weight: f64[{2}]\n"
        "y: f64[{2}]\n"
        "y[{3}] = sum(i: channel {4}, dy: tap_h {5}, dx: tap_w {6}) {7} * w[{8}] where y: height {9}, x: width "
        "{10}{11}  "
        "@conv2d\n"
        "total[] = sum({12}) y[{12}] * weight[{12}]\n"
        "output y\ngradient dx = d total / d x\ngradient dw = d total / d w\n",
        image(b, axis("channel", groups * in), axis("height", height), axis("width", width)),
        kernel(axis("channel", groups * out), axis("channel", in), axis("tap_h", kernel_h), axis("tap_w", kernel_w)),
        result, image("b", o, "y", "x"), in, kernel_h, kernel_w,
        padded ? fmt::format("pad(x[{}], 0)", read) : fmt::format("x[{}]", read), kernel(o, "i", "dy", "dx"), rows(),
        columns(), decls, image("b", "c", "y", "x"));
}

class Draw {
  public:
    explicit Draw(std::uint64_t seed) : random_(seed) {}
    std::int64_t of(std::initializer_list<std::int64_t> choices) {
        std::uniform_int_distribution<std::size_t> place(0, choices.size() - 1);
        return *(choices.begin() + static_cast<std::ptrdiff_t>(place(random_)));
    }
    Shape shape() {
        Shape s{};
        do {
            s = {.batch = of({0, 0, 1, 2}),
                 .groups = of({1, 1, 2, 3}),
                 .in = of({1, 1, 2}),
                 .out = of({1, 2, 3}),
                 .height = of({1, 3, 4, 5, 6}),
                 .width = of({1, 3, 4, 5, 7}),
                 .kernel_h = of({1, 1, 2, 3}),
                 .kernel_w = of({1, 1, 2, 3}),
                 .stride_h = of({1, 1, 2, 3}),
                 .stride_w = of({1, 1, 2}),
                 .dilation_h = of({1, 1, 2}),
                 .dilation_w = of({1, 1, 2}),
                 .top = of({0, 0, 1, 2}),
                 .bottom = of({0, 0, 1}),
                 .left = of({0, 0, 1, 2}),
                 .right = of({0, 0, 2}),
                 .channel_last = of({0, 1}) == 1,
                 .kernel_order = static_cast<int>(of({0, 1, 2}))};
        } while (!s.is_possible());
        return s;
    }

  private:
    std::mt19937_64 random_;
};

std::string difference(const Graph& before, const Graph& after) {
    std::vector<std::string> lines = value_differences(before, after, 2, 1);
    return fmt::format("{}", fmt::join(lines, "\n"));
}

bool is_conv2d(const Equation& equation) {
    return equation.op == "conv2d" || equation.op == "conv2d.input_gradient" || equation.op == "conv2d.kernel_gradient";
}

bool is_patches(const Equation& equation) {
    return equation.schedule.copy == Copy::im2col || equation.schedule.copy == Copy::col2im;
}

TEST(LowerConv2d, KeepsValuesAndGradientsOverAGridOfShapes) {
    int patches = 0;
    for (const std::uint64_t seed : test::seeds(2000)) {
        Draw draw(seed);
        const Shape shape = draw.shape();
        Options options;
        options.conv = "im2col";
        options.tile = "off";
        options.layout = std::array{"keep", "keep", "nchw", "nhwc"}[static_cast<std::size_t>(draw.of({0, 1, 2, 3}))];
        Remarks remarks;
        const std::string text = shape.text();
        SCOPED_TRACE(fmt::format("seed {}, layout {}:\n{}", seed, options.layout, text));
        const Graph step = run_to(parse(text), Stage::step, options, remarks);
        const Graph planned = run_to(step, Stage::planned, options, remarks);
        ASSERT_EQ(difference(step, planned), "") << print(planned);
        for (const Equation& equation : planned.equations) {
            ASSERT_FALSE(is_conv2d(equation) && !equation.schedule.decided()) << "not lowered:\n" << print(planned);
            patches += is_patches(equation);
        }
    }
    EXPECT_GT(patches, 2000);
}

TEST(LowerConv2d, NaiveLoopsKeepValuesToo) {
    for (const std::uint64_t seed : test::seeds(100)) {
        Draw draw(seed);
        Options options;
        options.conv = "naive";
        Remarks remarks;
        const std::string text = draw.shape().text();
        SCOPED_TRACE(fmt::format("seed {}:\n{}", seed, text));
        const Graph step = run_to(parse(text), Stage::step, options, remarks);
        ASSERT_EQ(difference(step, run_to(step, Stage::planned, options, remarks)), "");
    }
}

TEST(LowerConv2d, DirectKeepsValuesInTilesAndOutside) {
    int tiled = 0;
    for (const std::uint64_t seed : test::seeds(400)) {
        Draw draw(seed);
        Options options;
        options.conv = "direct";
        options.tile = std::array{"off", "16", "3", "1"}[seed % 4];
        Remarks remarks;
        const std::string text = draw.shape().text();
        SCOPED_TRACE(fmt::format("seed {}, tile {}:\n{}", seed, options.tile, text));
        const Graph step = run_to(parse(text), Stage::step, options, remarks);
        const Graph planned = run_to(step, Stage::planned, options, remarks);
        ASSERT_EQ(difference(step, planned), "") << print(planned);
        for (const Equation& equation : planned.equations) ASSERT_NE(equation.schedule.copy, Copy::im2col) << print(planned);
        tiled += !planned.tiles.empty();
    }
    EXPECT_GT(tiled, 50);  // of 400; about 90 for most seeds
}

/// But of the gradient by the image of a window with a stride, which would else be a scatter in plain loops.
TEST(LowerConv2d, AutoStoresNoPatchesInTiles) {
    int direct = 0;
    for (const std::uint64_t seed : test::seeds(100)) {
        Draw draw(seed);
        const Options options{.conv = "auto", .tile = "8"};
        Remarks remarks;
        const Shape shape = draw.shape();
        const bool strided = shape.stride_h * shape.stride_w > 1;
        const Graph lowered = run_to(parse(shape.text()), Stage::lowered, options, remarks);
        for (const Equation& equation : lowered.equations) {
            EXPECT_FALSE(!strided && equation.tile >= 0 && is_patches(equation)) << print(lowered);
            direct += equation.tile >= 0 && is_conv2d(equation) && equation.schedule.how == How::register_tile;
        }
    }
    EXPECT_GT(direct, 50);
}

/// The schedule of the only equation after the pass over y = conv2d(x, w).
std::string chosen(const std::string& sizes, const Options& options, std::string& remark) {
    Remarks remarks;
    const Graph graph = run_only(parse("ricci 1 step one\n" + sizes + "output y\n"),
                                 std::vector<std::string>{"lower-conv2d"}, options, remarks);
    remark = remarks.at(0).text;
    return print(graph.equations.back().schedule);
}

const std::string kLarge =
    "input x: f32[batch ?, channel 64, height 56, width 56]\ninput w: f32[channel 64, channel 64, tap_h 3, tap_w 3]\n"
    "y: f32[batch ?, channel 64, height 56, width 56]\n"
    "y[b, o, y, x] = sum(i, dy, dx) pad(x[b, i, y + dy - 1, x + dx - 1], 0) * w[o, i, dy, dx] where y: height 56, "
    "x: width 56  @conv2d\n";
const std::string kStrided =
    "input x: f32[batch ?, channel 64, height 57, width 57]\ninput w: f32[channel 64, channel 64, tap_h 3, tap_w 3]\n"
    "y: f32[batch ?, channel 64, height 28, width 28]\n"
    "y[b, o, y, x] = sum(i, dy, dx) x[b, i, 2*y + dy, 2*x + dx] * w[o, i, dy, dx] where y: height 28, "
    "x: width 28  @conv2d\n";

/// The second convolution of LeNet-5, the axes of images in that order.
std::string small_image(const std::string& order) {
    const bool first = order == "b, c, y, x";
    const char* axes =
        first ? "batch ?, channel {0}, height {1}, width {1}" : "batch ?, height {1}, width {1}, channel {0}";
    const std::string x = fmt::format(fmt::runtime(axes), 6, 14);
    const std::string y = fmt::format(fmt::runtime(axes), 16, 10);
    return fmt::format(
        "input x: f32[{}]\ninput w: f32[channel 16, channel 6, tap_h 5, tap_w 5]\ny: f32[{}]\n"
        "y[{}] = sum(i, dy, dx) x[{}] * w[o, i, dy, dx] where y: height 10, x: width 10  @conv2d\n",
        x, y, first ? "b, o, y, x" : "b, y, x, o", first ? "b, i, y + dy, x + dx" : "b, y + dy, x + dx, i");
}

TEST(LowerConv2d, AutoChoosesByPredictedTimeAndSaysIt) {
    std::string remark;
    EXPECT_EQ(chosen(kLarge, {.conv = "auto", .tile = "auto"}, remark), "library winograd4");
    EXPECT_EQ(remark,
              "y: winograd4, predicted 0.679 ms, direct 1.96 ms, im2col 2.09 ms, naive 8.29 ms, blocks 1.78 ms a "
              "sample");
    EXPECT_EQ(chosen(kStrided, {.conv = "auto", .tile = "auto"}, remark), "library blocks");
}

TEST(LowerConv2d, AutoComparesPatchesWithTheEquationWhereCallsDoNotPay) {
    std::string remark;
    const Options options{.conv = "auto", .tile = "off"};
    EXPECT_EQ(chosen(small_image("b, c, y, x"), options, remark), "register tile");
    EXPECT_TRUE(remark.starts_with("y: direct, no call, for 0.48 MFLOP a sample are less than 4; predicted "))
        << remark;
    EXPECT_NE(remark.find(", im2col "), std::string::npos) << remark;
    // Channels are last: no index lies along rows of image, kernel and result alike.
    EXPECT_EQ(chosen(small_image("b, y, x, c"), options, remark), "");
    EXPECT_TRUE(remark.starts_with("y: im2col, patches of 60000 bytes per sample, M 100 ?, N 16, K 150")) << remark;
}

TEST(LowerConv2d, AGradientThatIsOneCallStaysAsItIs) {
    Remarks remarks;
    const std::string model = "ricci 1 model one\n" + kLarge +
                              "total[] = sum(b, o, y, x) y[b, o, y, x] * y[b, o, y, x]\n"
                              "gradient dx = d total / d x\ngradient dw = d total / d w\n";
    const Graph planned = run_to(parse(model), Stage::planned, {.conv = "auto", .tile = "auto"}, remarks);
    std::vector<std::string> ops;
    for (const Equation& equation : planned.equations) {
        if (is_conv2d(equation)) ops.push_back(fmt::format("{} by {}", equation.op, print(equation.schedule)));
    }
    EXPECT_EQ(ops, (std::vector<std::string>{"conv2d by library winograd4",
                                             "conv2d.input_gradient by library winograd4",
                                             "conv2d.kernel_gradient by library winograd4"}));
}

TEST(LowerConv2d, WinogradCanBeForbidden) {
    std::string remark;
    EXPECT_EQ(chosen(kLarge, {.conv = "auto", .winograd = false, .tile = "auto"}, remark), "library blocks");
    EXPECT_TRUE(remark.starts_with("y: blocks, Winograd's filtering is forbidden; predicted ")) << remark;
    EXPECT_NE(remark.find(", winograd4 "), std::string::npos) << remark;
}

TEST(LowerConv2d, WinogradWhereItDoesNotApplyIsBlocksAndSaysSo) {
    std::string remark;
    EXPECT_EQ(chosen(kStrided, {.conv = "winograd"}, remark), "library blocks");
    EXPECT_TRUE(remark.starts_with("y: blocks, for Winograd's filtering is for small square taps that move by one; "))
        << remark;
    EXPECT_EQ(chosen(kLarge, {.conv = "winograd2"}, remark), "library winograd2");
}

TEST(LowerConv2d, RefusesAnUnknownChoice) {
    try {
        Options options;
        options.conv = "fft";
        FAIL() << "accepted";
    } catch (const UserError& error) {
        EXPECT_STREQ(error.what(),
                     "unknown convolution \"fft\"; there are auto, im2col, blocks, winograd, winograd2, direct, naive");
    }
}

}  // namespace
}  // namespace ricci::passes
