/// \file tests/frontend/lecture_examples_test.cpp
/// Examples and exercises of the lectures with the numbers that they print.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "ir/text/parser.h"
#include "ricci.h"
#include "tests/frontend/compiled.h"

namespace ricci::testing {
namespace {

/// 0, 1, 2, ...
ir::Array arange(std::vector<std::int64_t> extents) {
    std::int64_t count = 1;
    for (const std::int64_t extent : extents) count *= extent;
    std::vector<double> elements(static_cast<std::size_t>(count));
    std::iota(elements.begin(), elements.end(), 0.0);
    return {std::move(extents), std::move(elements)};
}

ir::Arrays run(const std::string& text, const ir::Arrays& given) {
    return Compiled(ir::parse("ricci 1 model example\n" + text, "example.ein"))(given);
}

std::vector<double> row(const ir::Array& of, std::size_t first, std::size_t count) {
    return {of.elements.begin() + static_cast<std::ptrdiff_t>(first), of.elements.begin() + static_cast<std::ptrdiff_t>(first + count)};
}

const std::string kImages = "input X: f64[batch 2, channel 2, height 4, width 5]\n";

/// Lecture 1, "im2col high level": patches of 2 x 2 of images of 2 x 4 x 5, as rows of a matrix.
TEST(LectureExamples, PatchesOfSmallImages) {
    const ir::Arrays got = run(kImages +
                                   "patches[n, (y, x), (c, dy, dx)] = X[n, c, y + dy, x + dx] where y: height 3, x: width 4, dy: tap_h 2, "
                                   "dx: tap_w 2\noutput patches\n",
                               {{"X", arange({2, 2, 4, 5})}});
    const ir::Array& patches = got.at("patches");
    EXPECT_EQ(patches.extents, (std::vector<std::int64_t>{2, 12, 8}));
    EXPECT_EQ(row(patches, 0, 8), (std::vector<double>{0, 1, 5, 6, 20, 21, 25, 26}));
    EXPECT_EQ(row(patches, 8, 8), (std::vector<double>{1, 2, 6, 7, 21, 22, 26, 27}));
    EXPECT_EQ(row(patches, 16, 8), (std::vector<double>{2, 3, 7, 8, 22, 23, 27, 28}));
    EXPECT_EQ(row(patches, 32, 8), (std::vector<double>{5, 6, 10, 11, 25, 26, 30, 31}));
    EXPECT_EQ(row(patches, 40, 8), (std::vector<double>{6, 7, 11, 12, 26, 27, 31, 32}));
    EXPECT_EQ(row(patches, 96, 8), (std::vector<double>{40, 41, 45, 46, 60, 61, 65, 66})) << "the second image";
}

/// Lecture 1, exercise 3: twice the lower left, minus the upper right, without the second channel.
TEST(LectureExamples, AConvolutionByHand) {
    const std::string kernel = "input K: f64[channel 2, tap_h 2, tap_w 2]\n";
    const ir::Arrays got = run(kImages + kernel + "Y[n,y,x] = K[C,DY,DX] X[n, C, y + DY, x + DX]\noutput Y\n",
                               {{"X", arange({2, 2, 4, 5})}, {"K", {{2, 2, 2}, {0, -1, 2, 0, 0, 0, 0, 0}}}});
    EXPECT_EQ(got.at("Y").extents, (std::vector<std::int64_t>{2, 3, 4}));
    EXPECT_EQ(row(got.at("Y"), 0, 12), (std::vector<double>{9, 10, 11, 12, 14, 15, 16, 17, 19, 20, 21, 22}));
}

/// Lecture 1, exercise 2.1: what goes back through a reshape has the shape of its input.
TEST(LectureExamples, TheGradientOfAReshape) {
    const ir::Arrays got = run("input a: f64[height 2, width 3]\ninput w: f64[feature 6]\nr[(y, x)] = a[y, x]\n"
                               "loss[] = sum(i) w[i] * r[i]\noutput loss\ngradient da = d loss / d a\n",
                               {{"a", arange({2, 3})}, {"w", {{6}, {5, 4, 3, 2, 1, 7}}}});
    EXPECT_EQ(got.at("loss").elements, (std::vector<double>{4 + 6 + 6 + 4 + 35}));
    EXPECT_EQ(got.at("da").extents, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(got.at("da").elements, (std::vector<double>{5, 4, 3, 2, 1, 7}));
}

/// Lecture 1, exercise 2.2: the gradient of an indexed element stands at its place, and is 0 elsewhere.
TEST(LectureExamples, TheGradientOfAnIndexedElement) {
    const ir::Arrays got = run("input a: f64[height 2, width 3]\nloss[] = a[1, 2] * a[1, 2] + a[0, 1]\noutput loss\n"
                               "gradient da = d loss / d a\n",
                               {{"a", arange({2, 3})}});
    EXPECT_EQ(got.at("loss").elements, (std::vector<double>{26}));
    EXPECT_EQ(got.at("da").elements, (std::vector<double>{0, 1, 0, 0, 0, 10}));
}

/// Lecture 1, exercise 2.3: binary cross-entropy, written out and as the op.
TEST(LectureExamples, BinaryCrossEntropy) {
    const ir::Arrays given = {{"p", {{2, 2}, {0.9, 0.2, 0.5, 0.75}}}, {"t", {{2, 2}, {1, 0, 1, 0}}}};
    const ir::Arrays got = run("input p: f64[batch 2, feature 2]\ninput t: f64[batch 2, feature 2]\n"
                               "own[b] = sum(i) (0 - t[b, i] * log(p[b, i]) - (1 - t[b, i]) * log(1 - p[b, i])) / 2\n"
                               "op = bce(p, t)\nloss[] = sum(b) own[b]\noutput own\noutput op\ngradient dp = d loss / d p\n",
                               given);
    const double first = -(std::log(0.9) + std::log(0.8)) / 2, second = -(std::log(0.5) + std::log(0.25)) / 2;
    for (const char* name : {"own", "op"}) {
        EXPECT_NEAR(got.at(name).elements[0], first, 1e-14) << name;
        EXPECT_NEAR(got.at(name).elements[1], second, 1e-14) << name;
    }
    const std::vector<double> slopes = {-1 / 0.9 / 2, 1 / 0.8 / 2, -1 / 0.5 / 2, 1 / 0.25 / 2};
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(got.at("dp").elements[i], slopes[i], 1e-13) << i;
}

/// Lecture 2: three entries and one, as scipy.sparse.csr_matrix takes them, and X @ matrix with its gradient.
TEST(LectureExamples, ASparseMatrix) {
    const SparseMatrix matrix = SparseMatrix::of_entries(3, 3, {{1, 0, 1}, {2, 1, 2}, {0, 2, 3}, {1, 1, 1}});
    const std::vector<double> dense = {0, 0, 3, 1, 1, 0, 0, 2, 0};
    Model m("sparse");
    const Tensor x = m.input("x", f64, {batch(3), feature(3)}), w = m.input("w", f64, {batch(3), feature(3)});
    // X @ matrix sums over the rows of the matrix.
    const Tensor y = sparse_matmul(x, matrix.transposed(), feature);
    Tensor own = m.tensor("own");
    const Index b("b", batch(3)), f("f", feature(3)), row_index("r");
    Tensor table = m.constant("table", f64, {feature(3), feature(3)}, {dense.begin(), dense.end()});
    own[b, f] = x[b, row_index] * table[row_index, f];
    Function g = compile(forward({y, own, grad(sum(y * w), x)}));
    std::vector<double> xs(9), ws(9);
    std::iota(xs.begin(), xs.end(), 0.0);
    for (std::size_t i = 0; i < 9; ++i) ws[i] = static_cast<double>(i * i % 5);
    const Results got = g({{"x", Array(xs, {3, 3})}, {"w", Array(ws, {3, 3})}});
    EXPECT_EQ(got[0].to_vector<double>(), (std::vector<double>{1, 5, 0, 4, 14, 9, 7, 23, 18}));
    EXPECT_EQ(got[1].to_vector<double>(), got[0].to_vector<double>());
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t r = 0; r < 3; ++r) {
            double slope = 0;
            for (std::size_t c = 0; c < 3; ++c) slope += ws[i * 3 + c] * dense[r * 3 + c];
            EXPECT_EQ(got[2].to_vector<double>()[i * 3 + r], slope) << i << " " << r;
        }
    }
}

/// Lecture 5, "Tiling example": as_strided(A, shape = (3, 3, 2, 2)) of 6 x 6, made contiguous.
TEST(LectureExamples, TilesOfAMatrix) {
    const ir::Arrays got = run("input A: f32[height 6, width 6]\n"
                               "B[i, j, y, x] = A[2*i + y, 2*j + x] where y: tap_h 2, x: tap_w 2\noutput B\n",
                               {{"A", arange({6, 6})}});
    EXPECT_EQ(got.at("B").extents, (std::vector<std::int64_t>{3, 3, 2, 2}));
    EXPECT_EQ(got.at("B").elements,
              (std::vector<double>{0,  1,  6,  7,  2,  3,  8,  9,  4,  5,  10, 11, 12, 13, 18, 19, 14, 15,
                                   20, 21, 16, 17, 22, 23, 24, 25, 30, 31, 26, 27, 32, 33, 28, 29, 34, 35}));
}

}  // namespace
}  // namespace ricci::testing
