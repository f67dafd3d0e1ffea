/// \file tests/frontend/board_test.cpp
/// The notation of a blackboard, compiled, beside a plain loop. It has factors side by side, capitals, strides, padding, max
/// pooling, im2col as an equation and with grouped indices, and slices.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "tests/frontend/compiled.h"

namespace ricci::testing {
namespace {

/// A graph of f64 numbers, its inputs and what one call gives.
class Board {
  public:
    explicit Board(const std::string& text)
        : graph_(ir::parse("ricci 1 model board\n" + text, "board.ein")), given_(draw(graph_, {.batch = 3})) {
        EXPECT_EQ(ir::print(ir::parse(ir::print(graph_))), ir::print(graph_));
        results_ = Compiled(graph_)(given_);
    }

    std::string print() const { return ir::print(graph_); }
    /// Element at these indices of an input, parameter or output.
    double at(const std::string& name, const std::vector<std::int64_t>& indices) const {
        const ir::Array& array = results_.contains(name) ? results_.at(name) : given_.at(name);
        std::int64_t place = 0;
        for (std::size_t i = 0; i < indices.size(); ++i) place = place * array.extents.at(i) + indices[i];
        return array.elements.at(static_cast<std::size_t>(place));
    }
    std::vector<std::int64_t> extents(const std::string& name) const { return results_.at(name).extents; }

  private:
    ir::Graph graph_;
    ir::Arrays given_, results_;
};

using Extents = std::vector<std::int64_t>;

TEST(Board, AMatrixTimesAColumn) {
    const Board board("input W: f64[class 4, feature 5]\ninput x: f64[feature 5]\ny[i] = W[i,J] x[J]\noutput y\n");
    EXPECT_NE(board.print().find("y[i] = sum(J: feature 5) W[i, J] * x[J]"), std::string::npos) << board.print();
    for (int i = 0; i < 4; ++i) {
        double sum = 0;
        for (int j = 0; j < 5; ++j) sum += board.at("W", {i, j}) * board.at("x", {j});
        EXPECT_NEAR(board.at("y", {i}), sum, 1e-13);
    }
}

TEST(Board, ARowTimesAMatrix) {
    const Board board("input W: f64[class 4, feature 5]\ninput x: f64[class 4]\ny[j] = x[I] W[I,j]\noutput y\n");
    for (int j = 0; j < 5; ++j) {
        double sum = 0;
        for (int i = 0; i < 4; ++i) sum += board.at("x", {i}) * board.at("W", {i, j});
        EXPECT_NEAR(board.at("y", {j}), sum, 1e-13);
    }
}

/// L1[b, x, y, n] = sigmoid(K[n, DX, DY, I] L0[b, s*x + DX, s*y + DY, I] - B[n]), as a loop.
double convolved(const Board& board, const std::string& image, int stride, int b, int x, int y, int n) {
    double sum = -board.at("B", {n});
    for (int dx = 0; dx < 3; ++dx)
        for (int dy = 0; dy < 2; ++dy)
            for (int i = 0; i < 2; ++i)
                sum += board.at("K", {n, dx, dy, i}) * board.at(image, {b, stride * x + dx, stride * y + dy, i});
    return 1 / (1 + std::exp(-sum));
}

const std::string kLayer =
    "input L0: f64[batch ?, width 8, height 7, channel 2]\n"
    "parameter K: f64[channel 4, tap_w 3, tap_h 2, channel 2] = uniform(-1, 1)\n"
    "parameter B: f64[channel 4] = uniform(-1, 1)\n";

TEST(Board, AConvolutionLayerWithAStride) {
    for (const int stride : {1, 2}) {
        const Board board(kLayer + fmt::format("let s = {}\n", stride) +
                          "L1[b,x,y,n] = sigmoid(K[n,DX,DY,I] L0[b, s*x + DX, s*y + DY, I] - B[n])\noutput L1\n");
        const Extents expected = stride == 1 ? Extents{3, 6, 6, 4} : Extents{3, 3, 3, 4};
        ASSERT_EQ(board.extents("L1"), expected);
        for (int b = 0; b < 3; ++b)
            for (int x = 0; x < expected[1]; ++x)
                for (int y = 0; y < expected[2]; ++y)
                    for (int n = 0; n < 4; ++n)
                        ASSERT_NEAR(board.at("L1", {b, x, y, n}), convolved(board, "L0", stride, b, x, y, n), 1e-13);
    }
}

TEST(Board, APaddedConvolutionLayer) {
    const Board board(kLayer +
                      "let p = 1\nP = pad(L0, p)\n"
                      "L1[b,x,y,n] = sigmoid(K[n,DX,DY,I] P[b, x + DX, y + DY, I] - B[n])\noutput P\noutput L1\n");
    ASSERT_EQ(board.extents("P"), (Extents{3, 10, 9, 2}));
    ASSERT_EQ(board.extents("L1"), (Extents{3, 8, 8, 4}));
    for (int x = 0; x < 10; ++x)
        for (int y = 0; y < 9; ++y) {
            const bool inside = x >= 1 && x <= 8 && y >= 1 && y <= 7;
            ASSERT_EQ(board.at("P", {1, x, y, 1}), inside ? board.at("L0", {1, x - 1, y - 1, 1}) : 0);
        }
    for (int x = 0; x < 8; ++x)
        for (int y = 0; y < 8; ++y)
            for (int n = 0; n < 4; ++n)
                ASSERT_NEAR(board.at("L1", {2, x, y, n}), convolved(board, "P", 1, 2, x, y, n), 1e-13);
}

TEST(Board, MaxPooling) {
    const Board board(
        "input L0: f64[batch ?, width 8, height 6, channel 2]\nlet s = 2\n"
        "L1[b,x,y,i] = max(dx: tap_w 2, dy: tap_h 2) L0[b, s*x + dx, s*y + dy, i]\noutput L1\n");
    ASSERT_EQ(board.extents("L1"), (Extents{3, 4, 3, 2}));
    for (int b = 0; b < 3; ++b)
        for (int x = 0; x < 4; ++x)
            for (int y = 0; y < 3; ++y)
                for (int i = 0; i < 2; ++i) {
                    double largest = -std::numeric_limits<double>::infinity();
                    for (int dx = 0; dx < 2; ++dx)
                        for (int dy = 0; dy < 2; ++dy)
                            largest = std::max(largest, board.at("L0", {b, 2 * x + dx, 2 * y + dy, i}));
                    ASSERT_EQ(board.at("L1", {b, x, y, i}), largest);
                }
}

TEST(Board, Im2colAsAnEquation) {
    const Board board(
        "input L: f64[batch ?, width 5, height 4, channel 2]\n"
        "parameter K: f64[tap_w 3, tap_h 2, channel 2, channel 4] = uniform(-1, 1)\n"
        "parameter B: f64[channel 4] = uniform(-1, 1)\n"
        "P[b,x,y,dx,dy,i] = L[b, x + dx, y + dy, i] where dx: tap_w 3, dy: tap_h 2\n"
        "M[b,x,y,n] = (P[b,x,y,DX,DY,I] K[DX,DY,I,n]) + B[n]\n"
        "D[b,x,y,n] = (sum(dx, dy, i) K[dx,dy,i,n] L[b, x + dx, y + dy, i]) + B[n]\noutput P\noutput M\noutput D\n");
    ASSERT_EQ(board.extents("P"), (Extents{3, 3, 3, 3, 2, 2}));
    for (int b = 0; b < 3; ++b)
        for (int x = 0; x < 3; ++x)
            for (int y = 0; y < 3; ++y)
                for (int n = 0; n < 4; ++n) {
                    double sum = board.at("B", {n});
                    for (int dx = 0; dx < 3; ++dx)
                        for (int dy = 0; dy < 2; ++dy)
                            for (int i = 0; i < 2; ++i) {
                                sum += board.at("K", {dx, dy, i, n}) * board.at("L", {b, x + dx, y + dy, i});
                                ASSERT_EQ(board.at("P", {b, x, y, dx, dy, i}), board.at("L", {b, x + dx, y + dy, i}));
                            }
                    ASSERT_NEAR(board.at("M", {b, x, y, n}), sum, 1e-13);
                    ASSERT_NEAR(board.at("D", {b, x, y, n}), sum, 1e-13);
                }
}

TEST(Board, Im2colWithGroupedIndices) {
    const Board board(
        "input L: f64[batch 3, width 5, height 4, channel 2]\n"
        "parameter K: f64[tap_w 3, tap_h 2, channel 2, channel 4] = uniform(-1, 1)\n"
        "P[(b,x,y),(dx,dy,i)] = L[b, x + dx, y + dy, i] where dx: tap_w 3, dy: tap_h 2\n"
        "W[(dx,dy,i),n] = K[dx,dy,i,n]\n"
        "M[(b,x,y),n] = P[(b,x,y),(DX,DY,I)] W[(DX,DY,I),n] where b: batch 3, x: width 3, y: height 3, DX: tap_w 3, DY: tap_h "
        "2, I: channel 2\n"
        "output P\noutput M\n");
    ASSERT_EQ(board.extents("P"), (Extents{27, 12}));
    ASSERT_EQ(board.extents("M"), (Extents{27, 4}));
    for (int row = 0; row < 27; ++row)
        for (int n = 0; n < 4; ++n) {
            const int b = row / 9, x = row / 3 % 3, y = row % 3;
            double sum = 0;
            for (int column = 0; column < 12; ++column) {
                const int dx = column / 4, dy = column / 2 % 2, i = column % 2;
                ASSERT_EQ(board.at("P", {row, column}), board.at("L", {b, x + dx, y + dy, i}));
                sum += board.at("P", {row, column}) * board.at("K", {dx, dy, i, n});
            }
            ASSERT_NEAR(board.at("M", {row, n}), sum, 1e-13);
        }
}

TEST(Board, Slices) {
    const Board board(
        "input L: f64[batch 3, width 5, height 4, channel 2]\nlet b = 1\nlet x = 3\n"
        "image = L[b,X,Y,N]\nneurons = L[b,x,2,N]\nrow = L[0,x,Y,1]\neven = L[b,2*X,Y,N]\n"
        "output image\noutput neurons\noutput row\noutput even\n");
    EXPECT_NE(board.print().find("image[X, Y, N] = L[1, X, Y, N]"), std::string::npos) << board.print();
    ASSERT_EQ(board.extents("image"), (Extents{5, 4, 2}));
    ASSERT_EQ(board.extents("neurons"), (Extents{2}));
    ASSERT_EQ(board.extents("row"), (Extents{4}));
    ASSERT_EQ(board.extents("even"), (Extents{3, 4, 2}));
    for (int x = 0; x < 5; ++x)
        for (int y = 0; y < 4; ++y)
            for (int n = 0; n < 2; ++n) {
                ASSERT_EQ(board.at("image", {x, y, n}), board.at("L", {1, x, y, n}));
                if (x < 3) {
                    ASSERT_EQ(board.at("even", {x, y, n}), board.at("L", {1, 2 * x, y, n}));
                }
                ASSERT_EQ(board.at("neurons", {n}), board.at("L", {1, 3, 2, n}));
                ASSERT_EQ(board.at("row", {y}), board.at("L", {0, 3, y, 1}));
            }
}

TEST(Board, FactorsSideBySideBindAsAProduct) {
    const Board board(
        "input a: f64[feature 3]\ninput c: f64[feature 3]\n"
        "y[i] = 2 a[i] (c[i] + 1) - a[i] max(c[i], 0) c[i] / 4\n"
        "z[i] = -a[i] c[i]\n"
        "t[] = max(i) a[i] c[i]\n"
        "output y\noutput z\noutput t\n");
    double largest = -1e9;
    for (int i = 0; i < 3; ++i) {
        const double a = board.at("a", {i}), c = board.at("c", {i});
        EXPECT_NEAR(board.at("y", {i}), 2 * a * (c + 1) - a * std::max(c, 0.0) * c / 4, 1e-14);
        EXPECT_EQ(board.at("z", {i}), -a * c);
        largest = std::max(largest, a * c);
    }
    EXPECT_EQ(board.at("t", {}), largest);
}

TEST(Board, WordsBehindABodyAreNoFactors) {
    const ir::Graph graph = ir::parse(
        "ricci 1 lowered m\ninput x: f32[batch ?, feature 3]\n"
        "y: f32[batch ?, feature 3]\ny[b, i] = max(x[b, i], 0) by loops\n"
        "z: f32[batch ?, feature 2]\nz[b, i] = x[b, i + 0] where i: feature 2\n"
        "where: f32[batch ?, feature 3]\nwhere[b, i] = x[b, i] y[b, i]\n"
        "u: f32[batch ?, feature 3]\nu[b, i] = x[b, i] where[b, i] by loops\noutput y\noutput z\noutput u\n");
    EXPECT_TRUE(graph.equations[0].schedule == graph.equations[3].schedule);
    EXPECT_FALSE(graph.equations[0].schedule == graph.equations[1].schedule);
    EXPECT_EQ(ir::print(graph, graph.equations[3]), "u[b, i] = x[b, i] * where[b, i]  by loops");
}

}  // namespace
}  // namespace ricci::testing
