// Tiles of a matrix product that are kept in registers: some rows of numbers times a few vectors of columns.
#pragma once

#include "ir/base/convolution_blocks.h"
#include "runtime/call/convolution/vectors.inl"

namespace ricci::runtime {
namespace {

constexpr int64_t kRows = kLanes / 2;      // rows of a tile: with kWidth vectors they fill the registers
constexpr int64_t kWidth = kPanelVectors;  // vectors of a tile at most

template <int64_t Rows, int64_t Width>
struct RegisterTile {
    Vector sums[Rows][Width];

    void clear() {
#pragma GCC unroll 8
        for (int64_t row = 0; row < Rows; ++row) {
#pragma GCC unroll 4
            for (int64_t v = 0; v < Width; ++v) sums[row][v] = zero();
        }
    }
    /// Fetches where the sums will go: a store that waits for memory holds up loads from addresses whose last 12 bits are
    /// the same.
    static void prefetch(float* c, int64_t row_step) {
#pragma GCC unroll 8
        for (int64_t row = 0; row < Rows; ++row) {
#pragma GCC unroll 4
            for (int64_t v = 0; v < Width; ++v) __builtin_prefetch(c + row * row_step + v * kLanes, 1);
        }
    }
    void store_to(float* c, int64_t row_step, bool add) {
        if (add) {
#pragma GCC unroll 8
            for (int64_t row = 0; row < Rows; ++row) {
#pragma GCC unroll 4
                for (int64_t v = 0; v < Width; ++v) sums[row][v] += load(c + row * row_step + v * kLanes);
            }
        }
#pragma GCC unroll 8
        for (int64_t row = 0; row < Rows; ++row) {
#pragma GCC unroll 4
            for (int64_t v = 0; v < Width; ++v) store(c + row * row_step + v * kLanes, sums[row][v]);
        }
    }
};

/// c[row][column] (+)= sum(k) a[k][row] * b[k][column]: a packed by kRows, b by vectors, `b_step` from k to k.
template <int64_t Rows, int64_t Width>
void multiply(int64_t depth, const float* __restrict a, const float* __restrict b, int64_t b_step, float* c,
              int64_t c_step, bool add) {
    RegisterTile<Rows, Width> tile;
    tile.clear();
    for (int64_t k = 0; k < depth; ++k) {
        Vector columns[Width];
#pragma GCC unroll 4
        for (int64_t v = 0; v < Width; ++v) columns[v] = load(b + v * kLanes);
#pragma GCC unroll 8
        for (int64_t row = 0; row < Rows; ++row) {
            const Vector left = broadcast(a[row]);
#pragma GCC unroll 4
            for (int64_t v = 0; v < Width; ++v) tile.sums[row][v] = fma(left, columns[v], tile.sums[row][v]);
        }
        a += kRows;
        b += b_step;
    }
    tile.store_to(c, c_step, add);
}

/// c[row][column] (+)= sum(p, q) image[row][p * image_step + q] * b[p * q_count + q][column].
template <int64_t Rows, int64_t Width>
void correlate(int64_t p_count, int64_t q_count, const float* const* image, int64_t image_step,
               const float* __restrict b, int64_t b_step, float* c, int64_t c_step, bool add) {
    RegisterTile<Rows, Width> tile;
    tile.clear();
    const float* rows[Rows];
    for (int64_t row = 0; row < Rows; ++row) rows[row] = image[row];
    for (int64_t p = 0; p < p_count; ++p) {
        for (int64_t q = 0; q < q_count; ++q) {
            Vector columns[Width];
#pragma GCC unroll 4
            for (int64_t v = 0; v < Width; ++v) columns[v] = load(b + v * kLanes);
#pragma GCC unroll 8
            for (int64_t row = 0; row < Rows; ++row) {
                const Vector left = broadcast(rows[row][q]);
#pragma GCC unroll 4
                for (int64_t v = 0; v < Width; ++v) tile.sums[row][v] = fma(left, columns[v], tile.sums[row][v]);
            }
            b += b_step;
        }
        for (int64_t row = 0; row < Rows; ++row) rows[row] += image_step;
    }
    tile.store_to(c, c_step, add);
}

/// c[row][column] (+)= sum(t, k) rows[row][taps[t] + k] * b[t * depth + k][column]: rows of numbers where they lie.
template <int64_t Rows, int64_t Width>
void multiply_rows(const int64_t* taps, int64_t tap_count, int64_t depth, const float* const* rows,
                   const float* __restrict b, int64_t b_step, float* c, int64_t c_step, bool add) {
    RegisterTile<Rows, Width> tile;
    tile.clear();
    tile.prefetch(c, c_step);
    for (int64_t t = 0; t < tap_count; ++t) {
        const float* from[Rows];
        for (int64_t row = 0; row < Rows; ++row) from[row] = rows[row] + taps[t];
        for (int64_t k = 0; k < depth; ++k) {
            Vector columns[Width];
#pragma GCC unroll 4
            for (int64_t v = 0; v < Width; ++v) columns[v] = load(b + v * kLanes);
#pragma GCC unroll 8
            for (int64_t row = 0; row < Rows; ++row) {
                const Vector left = broadcast(from[row][k]);
#pragma GCC unroll 4
                for (int64_t v = 0; v < Width; ++v) tile.sums[row][v] = fma(left, columns[v], tile.sums[row][v]);
            }
            b += b_step;
        }
    }
    tile.store_to(c, c_step, add);
}

/// Steps of an operand that is read at samples, rows and columns of a result.
struct PositionSteps {
    int64_t sample, row, column;
};

/// c[row][column] (+)= sum(n, p, q) a[n, p, q][row] * b[n, p, q][column], over all positions in turn.
template <int64_t Rows, int64_t Width>
void multiply_positions(const PositionSteps& counts, const float* a, const PositionSteps& a_steps,
                        const float* __restrict b, int64_t b_step, float* c, int64_t c_step, bool add) {
    RegisterTile<Rows, Width> tile;
    tile.clear();
    for (int64_t n = 0; n < counts.sample; ++n) {
        for (int64_t p = 0; p < counts.row; ++p) {
            const float* at = a + n * a_steps.sample + p * a_steps.row;
            for (int64_t q = 0; q < counts.column; ++q) {
                Vector columns[Width];
#pragma GCC unroll 4
                for (int64_t v = 0; v < Width; ++v) columns[v] = load(b + v * kLanes);
#pragma GCC unroll 8
                for (int64_t row = 0; row < Rows; ++row) {
                    const Vector left = broadcast(at[row]);
#pragma GCC unroll 4
                    for (int64_t v = 0; v < Width; ++v) tile.sums[row][v] = fma(left, columns[v], tile.sums[row][v]);
                }
                at += a_steps.column;
                b += b_step;
            }
        }
    }
    tile.store_to(c, c_step, add);
}

using Multiply = void (*)(int64_t, const float*, const float*, int64_t, float*, int64_t, bool);
using Correlate = void (*)(int64_t, int64_t, const float* const*, int64_t, const float*, int64_t, float*, int64_t,
                           bool);
using MultiplyRows = void (*)(const int64_t*, int64_t, int64_t, const float* const*, const float*, int64_t, float*,
                              int64_t, bool);
using MultiplyPositions = void (*)(const PositionSteps&, const float*, const PositionSteps&, const float*, int64_t,
                                   float*, int64_t, bool);

/// By rows - 1 and width - 1.
template <int64_t... Rows>
struct Kernels {
    static constexpr Multiply multiplies[][kWidth] = {
        {multiply<Rows + 1, 1>, multiply<Rows + 1, 2>, multiply<Rows + 1, 3>}...};
    static constexpr Correlate correlates[][kWidth] = {
        {correlate<Rows + 1, 1>, correlate<Rows + 1, 2>, correlate<Rows + 1, 3>}...};
    static constexpr MultiplyRows row_multiplies[][kWidth] = {
        {multiply_rows<Rows + 1, 1>, multiply_rows<Rows + 1, 2>, multiply_rows<Rows + 1, 3>}...};
    static constexpr MultiplyPositions position_multiplies[][kWidth] = {
        {multiply_positions<Rows + 1, 1>, multiply_positions<Rows + 1, 2>, multiply_positions<Rows + 1, 3>}...};
};
#ifdef __AVX512F__
using AllKernels = Kernels<0, 1, 2, 3, 4, 5, 6, 7>;
#else
using AllKernels = Kernels<0, 1, 2, 3>;
#endif

inline Multiply multiply_of(int64_t rows, int64_t width) {
    return AllKernels::multiplies[rows - 1][width - 1];
}
inline Correlate correlate_of(int64_t rows, int64_t width) {
    return AllKernels::correlates[rows - 1][width - 1];
}
inline MultiplyRows multiply_rows_of(int64_t rows, int64_t width) {
    return AllKernels::row_multiplies[rows - 1][width - 1];
}
inline MultiplyPositions multiply_positions_of(int64_t rows, int64_t width) {
    return AllKernels::position_multiplies[rows - 1][width - 1];
}

/// Cuts `vectors` into tiles of almost one width: 4 is 2 and 2, 7 is 3, 2 and 2.
struct Panel {
    int64_t first, width;
};
inline int64_t panels(int64_t vectors) {
    return quotient_up(vectors, kWidth);
}
inline Panel panel(int64_t vectors, int64_t number) {
    const int64_t count = panels(vectors);
    const int64_t begin = vectors * number / count;
    return {begin, vectors * (number + 1) / count - begin};
}

}  // namespace
}  // namespace ricci::runtime
