/// \file tests/frontend/convolution_forms_test.cpp
/// The forms of a convolution that lectures compare: equal values and gradients in every layout, and the worked examples.
#include "frontend/lecture/convolution_forms.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cmath>

#include "ir/text/parser.h"
#include "passes/gradient/differentiate.h"
#include "tests/frontend/compiled.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

using lecture::Convolution;
using testing::Compiled;

ir::Graph graph_of_form(std::string_view form, const Convolution& sizes, bool gradients) {
    return ir::parse(lecture::text_of(form, sizes, {.gradients = gradients}), form);
}

ir::Arrays results_of(std::string_view form, const Convolution& sizes, const ir::Arrays& given, bool gradients = true) {
    const ir::Graph graph = graph_of_form(form, sizes, gradients);
    ir::Arrays all = given;
    for (const ir::Value& value : graph.values) {
        if (!value.fixed) continue;  // of the sparse form
        ir::Array array{value.type.extents(), std::vector<double>(static_cast<std::size_t>(value.type.count()), 1), {}};
        if (value.initial->form == ir::Initializer::Form::table) {
            array.elements.clear();
            for (const Number& number : *value.initial->table) array.elements.push_back(number.real());
        }
        all[value.name] = std::move(array);
    }
    return Compiled(graph, lecture::options_of(form))(all);
}

/// An element of an image or a kernel by its meaning, in any layout.
struct Reader {
    const Convolution& sizes;
    const ir::Arrays& arrays;

    double at(const std::string& name, const std::vector<std::int64_t>& extents, const std::vector<std::int64_t>& indices) const {
        std::int64_t place = 0;
        for (std::size_t i = 0; i < extents.size(); ++i) place = place * extents[i] + indices[i];
        return arrays.at(name).elements.at(static_cast<std::size_t>(place));
    }
    double x(std::int64_t b, std::int64_t i, std::int64_t y, std::int64_t v) const {
        const Convolution& c = sizes;
        if (y < 0 || v < 0 || y >= c.height || v >= c.width) return 0;
        return c.channels_last ? at("x", {c.batch, c.height, c.width, c.in}, {b, y, v, i})
                               : at("x", {c.batch, c.in, c.height, c.width}, {b, i, y, v});
    }
    double w(std::int64_t o, std::int64_t i, std::int64_t r, std::int64_t s) const {
        const Convolution& c = sizes;
        return c.kernel_channels_last ? at("w", {c.tap_h, c.tap_w, c.in, c.out}, {r, s, i, o})
                                      : at("w", {c.out, c.in, c.tap_h, c.tap_w}, {o, i, r, s});
    }
    double y(const ir::Arrays& results, std::int64_t b, std::int64_t o, std::int64_t p, std::int64_t q) const {
        const Convolution& c = sizes;
        return c.channels_last ? Reader{c, results}.at("y", {c.batch, c.rows(), c.columns(), c.out}, {b, p, q, o})
                               : Reader{c, results}.at("y", {c.batch, c.out, c.rows(), c.columns()}, {b, o, p, q});
    }
};

TEST(ConvolutionForms, GiveEqualValuesAndGradientsInEveryLayout) {
    Convolution sizes{.batch = 2, .in = 3, .out = 4, .height = 6, .width = 7, .tap_h = 3, .tap_w = 2, .dtype = f64};
    for (const auto& [stride, padding] : {std::pair<std::int64_t, std::int64_t>{1, 0}, {2, 1}}) {
        for (const bool channels_last : {false, true}) {
            for (const bool kernel_last : {false, true}) {
                sizes.stride = stride;
                sizes.padding = padding;
                sizes.channels_last = channels_last;
                sizes.kernel_channels_last = kernel_last;
                const ir::Arrays given = testing::draw(graph_of_form("naive", sizes, true), {});
                const ir::Arrays expected = results_of("naive", sizes, given);
                passes::Remarks remarks;
                const auto terms = testing::terms_of(passes::differentiate(graph_of_form("naive", sizes, true), {}, remarks), given);
                const Reader read{sizes, given};
                for (std::int64_t o = 0; o < sizes.out; ++o)
                    for (std::int64_t p = 0; p < sizes.rows(); ++p)
                        for (std::int64_t q = 0; q < sizes.columns(); ++q) {
                            double sum = 0;
                            for (std::int64_t i = 0; i < sizes.in; ++i)
                                for (std::int64_t r = 0; r < sizes.tap_h; ++r)
                                    for (std::int64_t s = 0; s < sizes.tap_w; ++s)
                                        sum += read.x(1, i, stride * p + r - padding, stride * q + s - padding) * read.w(o, i, r, s);
                            ASSERT_NEAR(read.y(expected, 1, o, p, q), sum, 1e-13);
                        }
                for (const lecture::Form& form : lecture::forms()) {
                    SCOPED_TRACE(fmt::format("{} stride {} channels last {} {}", form.name, stride, channels_last, kernel_last));
                    const ir::Arrays got = results_of(form.name, sizes, given);
                    ASSERT_EQ(got.size(), 3U);
                    EXPECT_EQ(testing::difference(expected, got, {.relative = 1e-13, .floor = 1, .terms = terms}), "");
                }
            }
        }
    }
}

std::vector<double> iota(std::size_t count, double first = 0) {
    std::vector<double> numbers(count);
    for (std::size_t i = 0; i < count; ++i) numbers[i] = first + static_cast<double>(i);
    return numbers;
}

TEST(ConvolutionForms, AnImageOfThreeByThreeWithDiagonalKernels) {
    // Two channels; one kernel takes the difference along the diagonal of channel 0, the other that of channel 1.
    const Convolution sizes{.in = 2, .out = 2, .height = 3, .width = 3, .tap_h = 2, .tap_w = 2, .dtype = f64};
    const ir::Arrays given = {
        {"x", {{1, 2, 3, 3}, {1, 2, 4, 8, 16, 32, 64, 128, 256, 3, 5, 7, 11, 13, 17, 19, 23, 29}, {}}},
        {"w", {{2, 2, 2, 2}, {0, 1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, -1, 0}, {}}}};
    for (const lecture::Form& form : lecture::forms()) {
        const ir::Arrays got = results_of(form.name, sizes, given, false);
        EXPECT_EQ(got.at("y").elements, (std::vector<double>{2 - 8, 4 - 16, 16 - 64, 32 - 128, 5 - 11, 7 - 13, 13 - 19, 17 - 23}))
            << form.name;
    }
}

TEST(ConvolutionForms, AnImageOfThreeByFourByFourAsAMatrix) {
    // The numbers 1 to 48 in (1, 3, 4, 4), kernels of (2, 3, 2, 2): columns are patches, rows are places in the kernel.
    const std::string text =
        "ricci 1 model columns\ninput x: f64[channel 3, height 4, width 4]\n"
        "m[(i, r, s), (p, q)] = x[i, p + r, q + s] where i: channel 3, r: tap_h 2, s: tap_w 2, p: height 3, q: width 3\n"
        "output m\n";
    const ir::Arrays got = Compiled(ir::parse(text))({{"x", {{3, 4, 4}, iota(48, 1), {}}}});
    const std::vector<double>& m = got.at("m").elements;
    EXPECT_EQ(got.at("m").extents, (std::vector<std::int64_t>{12, 9}));
    EXPECT_EQ(std::vector(m.begin(), m.begin() + 9), (std::vector<double>{1, 2, 3, 5, 6, 7, 9, 10, 11}));
    EXPECT_EQ(std::vector(m.begin() + 27, m.begin() + 36), (std::vector<double>{6, 7, 8, 10, 11, 12, 14, 15, 16}));
    EXPECT_EQ(std::vector(m.begin() + 99, m.end()), (std::vector<double>{38, 39, 40, 42, 43, 44, 46, 47, 48}));
    const Convolution sizes{.in = 3, .out = 2, .height = 4, .width = 4, .tap_h = 2, .tap_w = 2, .dtype = f64};
    const ir::Arrays given = {{"x", {{1, 3, 4, 4}, iota(48, 1), {}}}, {"w", {{2, 3, 2, 2}, iota(24), {}}}};
    for (const lecture::Form& form : lecture::forms()) {
        const ir::Arrays convolved = results_of(form.name, sizes, given, false);
        double first = 0;
        for (int row = 0; row < 12; ++row) first += m[static_cast<std::size_t>(9 * row)] * row;
        EXPECT_EQ(convolved.at("y").elements[0], first) << form.name;
        EXPECT_EQ(convolved.at("y").extents, (std::vector<std::int64_t>{1, 2, 3, 3}));
    }
}

TEST(ConvolutionForms, Col2imAddsUpWhereBlocksOverlap) {
    // The gradient of im2col of ones counts in how many patches a pixel lies.
    const ir::Arrays got = Compiled(ir::parse(
        "ricci 1 model overlaps\ninput x: f64[height 4, width 4]\n"
        "m[p, q, r, s] = x[p + r, q + s] where p: height 3, q: width 3, r: tap_h 2, s: tap_w 2\n"
        "total[] = sum(p, q, r, s) m[p, q, r, s]\ngradient back = d total / d x\n"))({{"x", {{4, 4}, iota(16), {}}}});
    EXPECT_EQ(got.at("back").elements, (std::vector<double>{1, 2, 2, 1, 2, 4, 4, 2, 2, 4, 4, 2, 1, 2, 2, 1}));
}

TEST(ConvolutionForms, TheMatrixHasAOneInEachColumn) {
    const Convolution sizes{.in = 2, .out = 1, .height = 3, .width = 4, .tap_h = 2, .tap_w = 2, .dtype = f64};
    const ir::Arrays got = Compiled(ir::parse(lecture::matrix_text(sizes)))({});
    const ir::Array& matrix = got.at("matrix");
    ASSERT_EQ(matrix.extents, (std::vector<std::int64_t>{24, 48}));
    for (std::size_t column = 0; column < 48; ++column) {
        int ones = 0;
        for (std::size_t row = 0; row < 24; ++row) ones += static_cast<int>(matrix.elements[row * 48 + column]);
        EXPECT_EQ(ones, 1);
    }
    // The first patch: 0, 1, 4, 5 of channel 0, then 12, 13, 16, 17 of channel 1.
    const std::size_t first[] = {0, 1, 4, 5, 12, 13, 16, 17};
    for (std::size_t k = 0; k < 8; ++k) EXPECT_EQ(matrix.elements[first[k] * 48 + k], 1);
}

TEST(ConvolutionForms, AMatrixThatIsTooLargeIsRefused) {
    Convolution lenet{.batch = 64, .in = 1, .out = 6, .height = 32, .width = 32, .tap_h = 5, .tap_w = 5, .dtype = f64};
    EXPECT_EQ(refusal([&] { lecture::text_of("im2col-matrix", lenet); }),
              "im2col-matrix: the matrix of 1024 x 19600 has 20070400 of f64, which take 160563200 bytes; at most 100000000: take "
              "im2col, which copies the patches alone");
    lenet.dtype = f32;
    EXPECT_EQ(refusal([&] { lecture::text_of("im2col-matrix", lenet); }), "(accepted)");
    EXPECT_EQ(refusal([&] { lecture::text_of("fft", lenet); }),
              fmt::format("no form of a convolution is called \"fft\"; there are naive, taps, im2col, im2col-matrix, sparse, view, ricci"));
}

}  // namespace
}  // namespace ricci::test
