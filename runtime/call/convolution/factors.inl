// What the products of a convolution by blocks are made of: floats, floats that bf16 holds, or pairs of bf16.
#pragma once

#include "runtime/call/convolution/register_tile.inl"

namespace ricci::runtime {
namespace {

/// A step of a sum is one product.
struct PlainFactors {
    using Number = float;  // of an image
    static constexpr bool kRounds = false;

    static int64_t steps(int64_t depth) { return depth; }
    /// One step of a vector of positions.
    template <typename Pieces>
    static Vector read(const Pieces& pieces, const float* planes, const int64_t* taps, int64_t step, int64_t) {
        return pieces.read(planes + taps[step]);
    }
    /// What pack_taps made, as steps.
    static void join_left(float*, int64_t, int64_t) {}
    /// Rows of positions, as steps along each row.
    static void join_right(float*, int64_t, int64_t, int64_t) {}
    /// A frame as images of Number.
    static void narrow(float*, int64_t) {}
    static Multiply multiply_of(int64_t rows, int64_t width) { return runtime::multiply_of(rows, width); }
    static Correlate correlate_of(int64_t rows, int64_t width) { return runtime::correlate_of(rows, width); }
    static MultiplyRows multiply_rows_of(int64_t rows, int64_t width) { return runtime::multiply_rows_of(rows, width); }
};

inline void round_all(float* numbers, int64_t count) {
    for (int64_t i = 0; i < count; i += kLanes) {
        const Mask mask = first(count - i);
        store(numbers + i, round_bf16(load(numbers + i, mask)), mask);
    }
}

/// Numbers that bf16 holds, as floats: where the processor has no products of bf16.
struct RoundedFactors : PlainFactors {
    static constexpr bool kRounds = true;

    static void join_left(float* left, int64_t tiles, int64_t depth) { round_all(left, tiles * depth * kRows); }
    static void join_right(float* right, int64_t rows, int64_t columns, int64_t step) { round_all(right, rows * columns * step); }
};

#ifdef __AVX512BF16__

/// Two products a step: lane l holds two numbers that are met one after the other.
struct PairedFactors {
    using Number = std::uint16_t;
    static constexpr bool kRounds = true;

    static int64_t steps(int64_t depth) { return quotient_up(depth, 2); }

    template <typename Pieces>
    static Vector read(const Pieces& pieces, const float* planes, const int64_t* taps, int64_t step, int64_t depth) {
        const Vector low = pieces.read(planes + taps[2 * step]);
        return pair(low, 2 * step + 1 < depth ? pieces.read(planes + taps[2 * step + 1]) : zero());
    }
    /// In place: no step lies behind the numbers that it is made of.
    static void join_left(float* left, int64_t tiles, int64_t depth) {
        constexpr Mask kTile = static_cast<Mask>((1U << kRows) - 1);
        float* to = left;
        for (int64_t tile = 0; tile < tiles; ++tile) {
            const float* from = left + tile * depth * kRows;
            for (int64_t k = 0; k < depth; k += 2, to += kRows) {
                const Vector low = round_bf16(load(from + k * kRows, kTile));
                const Vector high = k + 1 < depth ? round_bf16(load(from + (k + 1) * kRows, kTile)) : zero();
                store(to, pair(low, high), kTile);
            }
        }
    }
    static void join_right(float* right, int64_t rows, int64_t columns, int64_t step) {
        float* to = right;
        for (int64_t row = 0; row < rows; ++row) {
            const float* from = right + row * columns * step;
            for (int64_t q = 0; q < columns; q += 2, to += step) {
                for (int64_t v = 0; v < step; v += kLanes) {
                    const Vector low = round_bf16(load(from + q * step + v));
                    const Vector high = q + 1 < columns ? round_bf16(load(from + (q + 1) * step + v)) : zero();
                    store(to + v, pair(low, high));
                }
            }
        }
    }
    /// In place, from the first number on.
    static void narrow(float* planes, int64_t count) {
        auto* to = reinterpret_cast<std::uint16_t*>(planes);
        for (int64_t i = 0; i < count; i += kLanes) {
            const __m512i bits = _mm512_castps_si512(load(planes + i, first(count - i)));
            _mm256_mask_storeu_epi16(to + i, first(count - i), _mm512_cvtepi32_epi16(_mm512_srli_epi32(bits, 16)));
        }
    }

    template <int64_t Rows, int64_t Width>
    static void multiply(int64_t depth, const float* __restrict a, const float* __restrict b, int64_t b_step, float* c,
                         int64_t c_step, bool add) {
        RegisterTile<Rows, Width> tile;
        tile.clear();
        for (int64_t k = 0; k < depth; ++k) {
            __m512bh columns[Width];
#pragma GCC unroll 4
            for (int64_t v = 0; v < Width; ++v) columns[v] = reinterpret_cast<__m512bh>(load(b + v * kLanes));
#pragma GCC unroll 8
            for (int64_t row = 0; row < Rows; ++row) {
                const auto left = reinterpret_cast<__m512bh>(broadcast(a[row]));
#pragma GCC unroll 4
                for (int64_t v = 0; v < Width; ++v) tile.sums[row][v] = _mm512_dpbf16_ps(tile.sums[row][v], left, columns[v]);
            }
            a += kRows;
            b += b_step;
        }
        tile.store_to(c, c_step, add);
    }

    /// Of an odd row the last number is alone: what lies behind it belongs to no product.
    template <int64_t Rows, int64_t Width>
    static void correlate(int64_t p_count, int64_t q_count, const std::uint16_t* const* image, int64_t image_step,
                          const float* __restrict b, int64_t b_step, float* c, int64_t c_step, bool add) {
        RegisterTile<Rows, Width> tile;
        tile.clear();
        const std::uint16_t* rows[Rows];
        for (int64_t row = 0; row < Rows; ++row) rows[row] = image[row];
        const auto step = [&](int64_t q, auto load_left) {
            __m512bh columns[Width];
#pragma GCC unroll 4
            for (int64_t v = 0; v < Width; ++v) columns[v] = reinterpret_cast<__m512bh>(load(b + v * kLanes));
#pragma GCC unroll 8
            for (int64_t row = 0; row < Rows; ++row) {
                const auto left = reinterpret_cast<__m512bh>(_mm512_set1_epi32(load_left(rows[row] + q)));
#pragma GCC unroll 4
                for (int64_t v = 0; v < Width; ++v) tile.sums[row][v] = _mm512_dpbf16_ps(tile.sums[row][v], left, columns[v]);
            }
            b += b_step;
        };
        const auto both = [](const std::uint16_t* at) {
            int numbers = 0;
            __builtin_memcpy(&numbers, at, sizeof numbers);
            return numbers;
        };
        for (int64_t p = 0; p < p_count; ++p) {
            int64_t q = 0;
            for (; q + 1 < q_count; q += 2) step(q, both);
            if (q < q_count) step(q, [](const std::uint16_t* at) { return static_cast<int>(*at); });
            for (int64_t row = 0; row < Rows; ++row) rows[row] += image_step;
        }
        tile.store_to(c, c_step, add);
    }

    /// The same of rows of numbers where they lie: `depth` numbers of each tap, pair by pair.
    template <int64_t Rows, int64_t Width>
    static void multiply_rows(const int64_t* taps, int64_t tap_count, int64_t depth, const std::uint16_t* const* rows,
                              const float* __restrict b, int64_t b_step, float* c, int64_t c_step, bool add) {
        RegisterTile<Rows, Width> tile;
        tile.clear();
        for (int64_t t = 0; t < tap_count; ++t) {
            const std::uint16_t* from[Rows];
            for (int64_t row = 0; row < Rows; ++row) from[row] = rows[row] + taps[t];
            const auto step = [&](int64_t k, std::size_t bytes) {
                __m512bh columns[Width];
#pragma GCC unroll 4
                for (int64_t v = 0; v < Width; ++v) columns[v] = reinterpret_cast<__m512bh>(load(b + v * kLanes));
#pragma GCC unroll 8
                for (int64_t row = 0; row < Rows; ++row) {
                    int numbers = 0;
                    __builtin_memcpy(&numbers, from[row] + k, bytes);
                    const auto left = reinterpret_cast<__m512bh>(_mm512_set1_epi32(numbers));
#pragma GCC unroll 4
                    for (int64_t v = 0; v < Width; ++v) tile.sums[row][v] = _mm512_dpbf16_ps(tile.sums[row][v], left, columns[v]);
                }
                b += b_step;
            };
            int64_t k = 0;
            for (; k + 1 < depth; k += 2) step(k, 2 * sizeof(std::uint16_t));
            if (k < depth) step(k, sizeof(std::uint16_t));  // the last number of an odd row is alone
        }
        tile.store_to(c, c_step, add);
    }

    using MultiplyPairedRows = void (*)(const int64_t*, int64_t, int64_t, const std::uint16_t* const*, const float*, int64_t,
                                        float*, int64_t, bool);
    static MultiplyPairedRows multiply_rows_of(int64_t rows, int64_t width) {
        return PairKernels<0, 1, 2, 3, 4, 5, 6, 7>::row_multiplies[rows - 1][width - 1];
    }

    using CorrelatePairs = void (*)(int64_t, int64_t, const std::uint16_t* const*, int64_t, const float*, int64_t, float*, int64_t,
                                    bool);
    static Multiply multiply_of(int64_t rows, int64_t width) { return PairKernels<0, 1, 2, 3, 4, 5, 6, 7>::multiplies[rows - 1][width - 1]; }
    static CorrelatePairs correlate_of(int64_t rows, int64_t width) {
        return PairKernels<0, 1, 2, 3, 4, 5, 6, 7>::correlates[rows - 1][width - 1];
    }

  private:
    template <int64_t... Rows>
    struct PairKernels {
        static constexpr Multiply multiplies[][kWidth] = {
            {multiply<Rows + 1, 1>, multiply<Rows + 1, 2>, multiply<Rows + 1, 3>}...};
        static constexpr CorrelatePairs correlates[][kWidth] = {
            {correlate<Rows + 1, 1>, correlate<Rows + 1, 2>, correlate<Rows + 1, 3>}...};
        static constexpr MultiplyPairedRows row_multiplies[][kWidth] = {
            {multiply_rows<Rows + 1, 1>, multiply_rows<Rows + 1, 2>, multiply_rows<Rows + 1, 3>}...};
    };

    /// Both are rounded, so that their lower halves are 0.
    static Vector pair(Vector low, Vector high) {
        constexpr __mmask32 kUpper = 0xaaaaaaaa;
        const __m512i below = _mm512_srli_epi32(_mm512_castps_si512(low), 16);
        return _mm512_castsi512_ps(_mm512_mask_mov_epi16(below, kUpper, _mm512_castps_si512(high)));
    }
};

using Bf16Factors = PairedFactors;

#else

using Bf16Factors = RoundedFactors;

#endif

}  // namespace
}  // namespace ricci::runtime
