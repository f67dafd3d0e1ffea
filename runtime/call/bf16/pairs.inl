// Packing in pairs: two neighbours of the sum lie beside each other, as the processor's dot products take them.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "runtime/call/bf16/engine.h"

// The functions that include this are compiled for AVX512-BF16, whatever the rest of the program is for.
// Clang has no pragma of targets, and gives each function of a part of the file an attribute.
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma")
#endif

namespace ricci::runtime {
namespace {

using std::int64_t;

constexpr int64_t kLanes = 16;  // f32 of a vector, and pairs of bf16

inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
inline __mmask16 first(int64_t count) {
    return count >= kLanes ? __mmask16(0xffff) : count <= 0 ? __mmask16(0) : static_cast<__mmask16>((1U << count) - 1);
}
inline __mmask32 first_of_32(int64_t count) {
    return count >= 2 * kLanes ? ~__mmask32(0) : count <= 0 ? __mmask32(0) : static_cast<__mmask32>((1U << count) - 1);
}

/// 16 numbers rounded to bf16, each in the lower half of a lane. The dot products take subnormal numbers for 0, and so does
/// this conversion.
inline __m512i rounded(const float* from, __mmask16 mask) {
    return _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(mask, from)));
}
inline __m512i rounded(const std::uint16_t* from, __mmask16 mask) {
    return _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, from));
}

/// 16 lanes with a number of `low` and one of `high` each: rows k and k + 1 of what lies along the lanes.
template <typename T>
__m512i pairs_across(const T* low, const T* high, __mmask16 mask, bool has_high) {
    const __m512i below = rounded(low, mask);
    return has_high ? _mm512_or_si512(below, _mm512_slli_epi32(rounded(high, mask), 16)) : below;
}

/// 16 pairs of neighbours of one row.
inline __m512i pairs_along(const float* from, int64_t count) {
    const __m512 low = _mm512_maskz_loadu_ps(first(count), from);
    const __m512 high = _mm512_maskz_loadu_ps(first(count - kLanes), from + kLanes);
    return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}
inline __m512i pairs_along(const std::uint16_t* from, int64_t count) {
    return _mm512_maskz_loadu_epi16(first_of_32(count), from);
}

/// Rows become columns, of 16 x 16 lanes.
inline void transpose(__m512i* v) {
    __m512i t[16];
#pragma GCC unroll 8
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(v[i], v[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(v[i], v[i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4) {
        v[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        v[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        v[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        v[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
        const __m512i a = _mm512_shuffle_i32x4(v[j], v[4 + j], 0x88), b = _mm512_shuffle_i32x4(v[8 + j], v[12 + j], 0x88);
        const __m512i c = _mm512_shuffle_i32x4(v[j], v[4 + j], 0xdd), d = _mm512_shuffle_i32x4(v[8 + j], v[12 + j], 0xdd);
        t[j] = _mm512_shuffle_i32x4(a, b, 0x88);
        t[4 + j] = _mm512_shuffle_i32x4(c, d, 0x88);
        t[8 + j] = _mm512_shuffle_i32x4(a, b, 0xdd);
        t[12 + j] = _mm512_shuffle_i32x4(c, d, 0xdd);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) v[i] = t[i];
}

/// A pair of each of `count` rows, in bands of 8 rows: two of them to a vector.
template <typename T>
void pack_halves(const T* at, int64_t step, int64_t band, int64_t count, int64_t pairs, bool has_low, bool has_high,
                 std::uint32_t* to) {
    for (int64_t row = 0; row < count; row += kLanes, to += 2 * band * pairs) {
        const __mmask16 mask = has_low ? first(count - row) : __mmask16(0);
        const __m512i made = pairs_across(at + row, at + step + row, mask, has_high);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_castsi512_si256(made));
        if (row + band < count)
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + band * pairs), _mm512_extracti64x4_epi64(made, 1));
    }
}

/// Bands of `band` rows as [pair][row]: the numbers of a row lie `step` apart, the rows beside each other.
template <typename T>
void pack_across(const T* from, int64_t step, int64_t band, int64_t count, int64_t pairs, int64_t length, std::uint32_t* to) {
    for (int64_t k = 0; k < pairs; ++k) {
        const T* at = from + 2 * k * step;
        const bool has_low = 2 * k < length, has_high = 2 * k + 1 < length;
        if (band < kLanes) {
            pack_halves(at, step, band, count, pairs, has_low, has_high, to + k * band);
            continue;
        }
        for (int64_t start = 0; start < count; start += band) {
            const int64_t rows = least(band, count - start);
            std::uint32_t* out = to + start * pairs + k * band;
            for (int64_t row = 0; row < rows; row += kLanes) {
                const __mmask16 mask = has_low ? first(rows - row) : __mmask16(0);
                const __m512i made = pairs_across(at + start + row, at + step + start + row, mask, has_high);
                _mm512_mask_storeu_epi32(out + row, first(band - row), made);
            }
        }
    }
}

/// The same where the numbers of a row are neighbours: 16 rows of 16 pairs are transposed at a time.
template <typename T>
void pack_along(const T* from, int64_t step, int64_t band, int64_t count, int64_t pairs, int64_t length, std::uint32_t* to) {
    const int64_t wide = least(band, kLanes);
    for (int64_t start = 0; start < count; start += kLanes) {
        for (int64_t k = 0; k < pairs; k += kLanes) {
            __m512i square[kLanes];
            for (int64_t row = 0; row < kLanes; ++row) {
                square[row] = start + row < count ? pairs_along(from + (start + row) * step + 2 * k, length - 2 * k)
                                                  : _mm512_setzero_si512();
            }
            transpose(square);
            const int64_t stop = least(kLanes, pairs - k);
            for (int64_t part = 0; part < kLanes && start + part < count; part += wide) {
                const int64_t row = start + part;
                std::uint32_t* band_at = to + row / band * band * pairs + k * band + row % band;
                for (int64_t i = 0; i < stop; ++i) {
                    const __m512i lanes = part == 0 ? square[i] : _mm512_shuffle_i64x2(square[i], square[i], 0x0e);
                    _mm512_mask_storeu_epi32(band_at + i * band, first(wide), lanes);
                }
            }
        }
    }
}

/// \param band  a multiple of 16, or 8.
inline void pack_pairs(const Bf16Operand& from, int64_t band, int64_t count, int64_t pairs, int64_t length, std::uint16_t* out) {
    auto* to = reinterpret_cast<std::uint32_t*>(out);
    const auto pack = [&](const auto* data) {
        if (from.depth == 1) return pack_along(data, from.outer, band, count, pairs, length, to);
        pack_across(data, from.depth, band, count, pairs, length, to);
    };
    from.stored ? pack(static_cast<const std::uint16_t*>(from.data)) : pack(static_cast<const float*>(from.data));
}

}  // namespace
}  // namespace ricci::runtime

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
