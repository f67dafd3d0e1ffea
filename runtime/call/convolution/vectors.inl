// Vectors of floats in the instruction set that the including file is compiled for.
// Everything is local to that file: the same code stands in the program once for each instruction set.
#pragma once

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include <cstdint>

namespace ricci::runtime {
namespace {

using std::int64_t;

#ifdef __AVX512F__

constexpr int64_t kLanes = 16;
using Vector = __m512;
using Mask = __mmask16;
using Offsets = __m512i;  // in elements, one a lane

inline Vector zero() {
    return _mm512_setzero_ps();
}
inline Vector broadcast(float x) {
    return _mm512_set1_ps(x);
}
inline Vector load(const float* p) {
    return _mm512_loadu_ps(p);
}
inline Vector load(const float* p, Mask mask) {
    return _mm512_maskz_loadu_ps(mask, p);
}
inline Vector load_over(Vector old, const float* p, Mask mask) {
    return _mm512_mask_loadu_ps(old, mask, p);
}
inline void store(float* p, Vector v) {
    _mm512_storeu_ps(p, v);
}
inline void store(float* p, Vector v, Mask mask) {
    _mm512_mask_storeu_ps(p, mask, v);
}
inline void stream(float* p, Vector v) {
    _mm512_stream_ps(p, v);
}
inline Vector fma(Vector a, Vector b, Vector c) {
    return _mm512_fmadd_ps(a, b, c);
}
/// The lanes whose size is not below `limit`; nan is one of them.
inline Mask not_below(Vector v, float limit) {
    return _mm512_cmp_ps_mask(_mm512_abs_ps(v), broadcast(limit), _CMP_NLT_UQ);
}
/// v, with 0 in those lanes.
inline Vector zero_in(Vector v, Mask lanes) {
    return _mm512_maskz_mov_ps(static_cast<Mask>(~lanes), v);
}
inline Offsets offsets(const std::int32_t* p) {
    return _mm512_loadu_si512(p);
}
inline Vector gather(const float* p, Offsets at, Mask mask) {
    return _mm512_mask_i32gather_ps(zero(), mask, at, p, sizeof(float));
}
inline void scatter(float* p, Offsets at, Vector v, Mask mask) {
    _mm512_mask_i32scatter_ps(p, mask, at, v, sizeof(float));
}

#elif defined(__AVX2__)

constexpr int64_t kLanes = 8;
using Vector = __m256;
using Mask = std::uint16_t;
struct Offsets {
    std::int32_t at[kLanes];
};

inline Vector zero() {
    return _mm256_setzero_ps();
}
inline Vector broadcast(float x) {
    return _mm256_set1_ps(x);
}
/// All bits of the lanes that the mask names.
inline __m256i bits_of(Mask mask) {
    const __m256i one_a_lane = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    return _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(mask), one_a_lane), one_a_lane);
}
inline Vector load(const float* p) {
    return _mm256_loadu_ps(p);
}
inline Vector load(const float* p, Mask mask) {
    return _mm256_maskload_ps(p, bits_of(mask));
}
inline Vector load_over(Vector old, const float* p, Mask mask) {
    const __m256i lanes = bits_of(mask);
    return _mm256_blendv_ps(old, _mm256_maskload_ps(p, lanes), _mm256_castsi256_ps(lanes));
}
inline void store(float* p, Vector v) {
    _mm256_storeu_ps(p, v);
}
/// Processors of AMD take 12 cycles for a masked store. The first lanes, as most masks have, are stored in parts.
inline void store(float* p, Vector v, Mask mask) {
    if (mask == 0xff) return store(p, v);
    if ((mask & (mask + 1)) != 0) return _mm256_maskstore_ps(p, bits_of(mask), v);
    __m128 part = _mm256_castps256_ps128(v);
    if (mask >= 0xf) {
        _mm_storeu_ps(p, part);
        part = _mm256_extractf128_ps(v, 1);
        p += 4;
        mask = static_cast<Mask>(mask >> 4);
    }
    if (mask >= 3) {
        _mm_storel_pi(reinterpret_cast<__m64*>(p), part);
        part = _mm_movehl_ps(part, part);
        p += 2;
        mask = static_cast<Mask>(mask >> 2);
    }
    if (mask != 0) _mm_store_ss(p, part);
}
inline void stream(float* p, Vector v) {
    _mm256_stream_ps(p, v);
}
inline Vector fma(Vector a, Vector b, Vector c) {
    return _mm256_fmadd_ps(a, b, c);
}
inline Mask not_below(Vector v, float limit) {
    const Vector magnitude = _mm256_andnot_ps(broadcast(-0.0F), v);
    return static_cast<Mask>(_mm256_movemask_ps(_mm256_cmp_ps(magnitude, broadcast(limit), _CMP_NLT_UQ)));
}
inline Vector zero_in(Vector v, Mask lanes) {
    return _mm256_andnot_ps(_mm256_castsi256_ps(bits_of(lanes)), v);
}
inline Offsets offsets(const std::int32_t* p) {
    Offsets at;
    __builtin_memcpy(&at, p, sizeof at);
    return at;
}
/// One load a lane is faster than the instruction for all on processors of AMD, and on those of Intel since 2023.
inline Vector gather(const float* p, const Offsets& at, Mask mask) {
    if (mask == 0xff) {
        return _mm256_setr_ps(p[at.at[0]], p[at.at[1]], p[at.at[2]], p[at.at[3]], p[at.at[4]], p[at.at[5]], p[at.at[6]],
                              p[at.at[7]]);
    }
    const __m256i places = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at.at));
    return _mm256_mask_i32gather_ps(zero(), p, places, _mm256_castsi256_ps(bits_of(mask)), sizeof(float));
}
inline void scatter(float* p, const Offsets& at, Vector v, Mask mask) {
    float lanes[kLanes];
    _mm256_storeu_ps(lanes, v);
    if (mask == 0xff) {
#pragma GCC unroll 8
        for (int64_t lane = 0; lane < kLanes; ++lane) p[at.at[lane]] = lanes[lane];
        return;
    }
    for (int64_t lane = 0; lane < kLanes; ++lane) {
        if ((mask >> lane & 1) != 0) p[at.at[lane]] = lanes[lane];
    }
}

#else

constexpr int64_t kLanes = 8;
using Vector = float __attribute__((vector_size(32), aligned(32)));
using Mask = std::uint16_t;
struct Offsets {
    std::int32_t at[kLanes];
};

inline Vector zero() {
    return Vector{};
}
inline Vector broadcast(float x) {
    return Vector{x, x, x, x, x, x, x, x};
}
inline Vector load(const float* p) {
    Vector v;
    __builtin_memcpy(&v, p, sizeof v);
    return v;
}
inline Vector load_over(Vector old, const float* p, Mask mask) {
    for (int64_t lane = 0; lane < kLanes; ++lane) {
        if ((mask >> lane & 1) != 0) old[lane] = p[lane];
    }
    return old;
}
inline Vector load(const float* p, Mask mask) {
    return load_over(zero(), p, mask);
}
inline void store(float* p, Vector v) {
    __builtin_memcpy(p, &v, sizeof v);
}
inline void store(float* p, Vector v, Mask mask) {
    for (int64_t lane = 0; lane < kLanes; ++lane) {
        if ((mask >> lane & 1) != 0) p[lane] = v[lane];
    }
}
inline void stream(float* p, Vector v) {
    store(p, v);
}
inline Vector fma(Vector a, Vector b, Vector c) {
    return a * b + c;
}
inline Mask not_below(Vector v, float limit) {
    const auto below = (v < broadcast(limit)) & (v > broadcast(-limit));
    unsigned lanes = 0;
    for (int64_t lane = 0; lane < kLanes; ++lane) lanes |= below[lane] == 0 ? 1U << lane : 0U;
    return static_cast<Mask>(lanes);
}
inline Vector zero_in(Vector v, Mask lanes) {
    for (int64_t lane = 0; lane < kLanes; ++lane) {
        if ((lanes >> lane & 1) != 0) v[lane] = 0;
    }
    return v;
}
inline Offsets offsets(const std::int32_t* p) {
    Offsets at;
    __builtin_memcpy(&at, p, sizeof at);
    return at;
}
inline Vector gather(const float* p, Offsets at, Mask mask) {
    Vector v = zero();
    for (int64_t lane = 0; lane < kLanes; ++lane) {
        if ((mask >> lane & 1) != 0) v[lane] = p[at.at[lane]];
    }
    return v;
}
inline void scatter(float* p, Offsets at, Vector v, Mask mask) {
    for (int64_t lane = 0; lane < kLanes; ++lane) {
        if ((mask >> lane & 1) != 0) p[at.at[lane]] = v[lane];
    }
}

#endif

/// What was streamed before this is there for other threads, as what is stored is.
inline void fence() {
#ifdef __x86_64__
    _mm_sfence();
#endif
}

/// Rows become columns: lane j of v[i] and lane i of v[j] change places.
inline void transpose(Vector* v) {
#ifdef __AVX512F__
    Vector t[16];
#pragma GCC unroll 8
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_ps(v[i], v[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(v[i], v[i + 1]);
    }
    const auto low = [](Vector a, Vector b) {
        return _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(a), _mm512_castps_pd(b)));
    };
    const auto high = [](Vector a, Vector b) {
        return _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(a), _mm512_castps_pd(b)));
    };
    // v[4*i + j]: columns j, j + 4, j + 8, j + 12 of rows 4*i to 4*i + 3
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4) {
        v[i] = low(t[i], t[i + 2]);
        v[i + 1] = high(t[i], t[i + 2]);
        v[i + 2] = low(t[i + 1], t[i + 3]);
        v[i + 3] = high(t[i + 1], t[i + 3]);
    }
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
        const Vector a = _mm512_shuffle_f32x4(v[j], v[4 + j], 0x88),
                     b = _mm512_shuffle_f32x4(v[8 + j], v[12 + j], 0x88);
        const Vector c = _mm512_shuffle_f32x4(v[j], v[4 + j], 0xdd),
                     d = _mm512_shuffle_f32x4(v[8 + j], v[12 + j], 0xdd);
        t[j] = _mm512_shuffle_f32x4(a, b, 0x88);
        t[4 + j] = _mm512_shuffle_f32x4(c, d, 0x88);
        t[8 + j] = _mm512_shuffle_f32x4(a, b, 0xdd);
        t[12 + j] = _mm512_shuffle_f32x4(c, d, 0xdd);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) v[i] = t[i];
#elif defined(__AVX2__)
    Vector t[8];
#pragma GCC unroll 4
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps(v[i], v[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(v[i], v[i + 1]);
    }
    // v[4*i + j]: columns j and j + 4 of rows 4*i to 4*i + 3
#pragma GCC unroll 2
    for (int i = 0; i < 8; i += 4) {
        v[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        v[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        v[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        v[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
        const Vector a = v[j], b = v[4 + j];
        v[j] = _mm256_permute2f128_ps(a, b, 0x20);
        v[4 + j] = _mm256_permute2f128_ps(a, b, 0x31);
    }
#else
    for (int64_t i = 0; i < kLanes; ++i) {
        for (int64_t j = 0; j < i; ++j) {
            const float other = v[i][j];
            v[i][j] = v[j][i];
            v[j][i] = other;
        }
    }
#endif
}

/// The nearest numbers that bf16 holds. With AVX512-BF16 subnormal ones become 0, as its dot products take them.
inline Vector round_bf16(Vector v) {
#if defined(__AVX512BF16__)
    const __m512i halves = _mm512_cvtepu16_epi32(reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(v)));
    return _mm512_castsi512_ps(_mm512_slli_epi32(halves, 16));
#elif defined(__AVX512F__)
    const __m512i bits = _mm512_castps_si512(v), low = _mm512_set1_epi32(0xffff);
    const __m512i last = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i up = _mm512_add_epi32(bits, _mm512_add_epi32(last, _mm512_set1_epi32(0x7fff)));
    const __m512i quiet = _mm512_or_si512(bits, _mm512_set1_epi32(0x400000));
    const __mmask16 nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
    return _mm512_castsi512_ps(_mm512_andnot_si512(low, _mm512_mask_mov_epi32(up, nan, quiet)));
#else
    using Bits = std::uint32_t __attribute__((vector_size(32), aligned(32)));
    const auto bits = reinterpret_cast<Bits>(v);
    const auto nan = reinterpret_cast<Bits>(v != v);
    const Bits up = bits + 0x7fff + ((bits >> 16) & 1);
    return reinterpret_cast<Vector>(((nan & (bits | 0x400000)) | (~nan & up)) & 0xffff0000);
#endif
}

constexpr int64_t kFloatsOfLine = 16;  // f32 of a cache line of 64 bytes

constexpr int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

constexpr Mask kAll = static_cast<Mask>((1U << kLanes) - 1);

/// Neighbouring numbers of these lanes; most often all of them, or none.
inline Vector take(const float* p, Mask mask) {
    if (mask == kAll) return load(p);
    return mask == 0 ? zero() : load(p, mask);
}
inline void put(float* p, Vector v, Mask mask) {
    mask == kAll ? store(p, v) : store(p, v, mask);
}

/// The first `count` lanes, all where there are more.
inline Mask first(int64_t count) {
    return count >= kLanes ? kAll : static_cast<Mask>((1U << count) - 1);
}

/// The lanes begin .. end-1 of those there are.
inline Mask within(int64_t begin, int64_t end) {
    return end <= 0 ? Mask(0) : static_cast<Mask>(begin <= 0 ? first(end) : first(end) & ~first(begin));
}

/// Lane l has p[2 * l]. Nothing behind the last of them is read.
inline Vector load_every_second(const float* p) {
#ifdef __AVX512F__
    const Offsets places = _mm512_set_epi32(31, 29, 27, 25, 23, 21, 19, 17, 14, 12, 10, 8, 6, 4, 2, 0);
    return _mm512_permutex2var_ps(load(p), places, load(p + kLanes - 1));
#elif defined(__AVX2__)
    const __m256d halves = _mm256_castps_pd(_mm256_shuffle_ps(load(p), load(p + kLanes - 1), 0xd8));
    return _mm256_castpd_ps(_mm256_permute4x64_pd(halves, 0xd8));
#else
    Vector v;
    for (int64_t lane = 0; lane < kLanes; ++lane) v[lane] = p[2 * lane];
    return v;
#endif
}

/// The same of the first `count` lanes; the others have 0.
inline Vector load_every_second(const float* p, int64_t count) {
#ifdef __AVX512F__
    const Vector low = load(p, first(2 * count - 1)), high = load(p + kLanes, within(0, 2 * count - 1 - kLanes));
    const Offsets even = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    return _mm512_permutex2var_ps(low, even, high);
#elif defined(__AVX2__)
    const Vector low = load(p, first(2 * count - 1)), high = load(p + kLanes, within(0, 2 * count - 1 - kLanes));
    const __m256d halves = _mm256_castps_pd(_mm256_shuffle_ps(low, high, 0x88));
    return _mm256_castpd_ps(_mm256_permute4x64_pd(halves, 0xd8));
#else
    Vector v = zero();
    for (int64_t lane = 0; lane < count; ++lane) v[lane] = p[2 * lane];
    return v;
#endif
}

/// Lane l becomes p[2 * l], and what lies behind each of them 0, for the first `count` lanes.
inline void store_with_zeros(float* p, Vector v, int64_t count) {
#ifdef __AVX512F__
    const Offsets low = _mm512_set_epi32(23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    const Offsets high = _mm512_set_epi32(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8);
    const Vector halves[] = {_mm512_permutex2var_ps(v, low, zero()), _mm512_permutex2var_ps(v, high, zero())};
#elif defined(__AVX2__)
    const Vector low = _mm256_unpacklo_ps(v, zero()), high = _mm256_unpackhi_ps(v, zero());
    const Vector halves[] = {_mm256_permute2f128_ps(low, high, 0x20), _mm256_permute2f128_ps(low, high, 0x31)};
#else
    Vector halves[] = {zero(), zero()};
    for (int64_t lane = 0; lane < kLanes; ++lane) halves[2 * lane / kLanes][2 * lane % kLanes] = v[lane];
#endif
    put(p, halves[0], first(2 * count));
    if (2 * count > kLanes) put(p + kLanes, halves[1], first(2 * count - kLanes));
}

inline Offsets lanes_apart(int64_t step) {
    std::int32_t lanes[kLanes];
    for (int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] = static_cast<std::int32_t>(lane * step);
    return offsets(lanes);
}

constexpr int64_t quotient_up(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

}  // namespace
}  // namespace ricci::runtime
