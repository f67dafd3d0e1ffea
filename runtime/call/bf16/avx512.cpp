// Products of bf16 with the dot products of AVX512-BF16: two products a lane are added to a sum of f32.
#include "runtime/call/bf16/avx512.h"

#ifdef __x86_64__

#include "runtime/call/bf16/pairs.inl"

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma")
#endif

namespace ricci::runtime {
namespace {

constexpr int64_t kRows = 8;     // rows of a tile: with kVectors of columns 24 sums stay in registers
constexpr int64_t kVectors = 3;
constexpr int64_t kPair = 2;     // numbers of a sum at a time

template <int64_t Rows, int64_t Vectors>
void multiply(const Bf16Tile& t) {
    __m512 sums[Rows][Vectors];
#pragma GCC unroll 8
    for (int64_t row = 0; row < Rows; ++row) {
#pragma GCC unroll 4
        for (int64_t v = 0; v < Vectors; ++v) sums[row][v] = _mm512_setzero_ps();
    }
    const auto* a = reinterpret_cast<const std::uint32_t*>(t.a);
    const auto* b = reinterpret_cast<const std::uint32_t*>(t.b);
    for (int64_t k = 0; k < t.depth; k += kPair, a += kRows, b += kVectors * kLanes) {
        __m512bh columns[Vectors];
#pragma GCC unroll 4
        for (int64_t v = 0; v < Vectors; ++v) columns[v] = (__m512bh)_mm512_loadu_si512(b + v * kLanes);
#pragma GCC unroll 8
        for (int64_t row = 0; row < Rows; ++row) {
            const auto left = (__m512bh)_mm512_set1_epi32(static_cast<int>(a[row]));
#pragma GCC unroll 4
            for (int64_t v = 0; v < Vectors; ++v) sums[row][v] = _mm512_dpbf16_ps(sums[row][v], left, columns[v]);
        }
    }
    const __m512 sign = _mm512_set1_ps(t.sign);
#pragma GCC unroll 8
    for (int64_t row = 0; row < Rows; ++row) {
#pragma GCC unroll 4
        for (int64_t v = 0; v < Vectors; ++v) {
            const __mmask16 mask = first(t.columns - v * kLanes);
            float* to = t.c + row * t.c_step + v * kLanes;
            const __m512 old = t.add ? _mm512_maskz_loadu_ps(mask, to) : _mm512_setzero_ps();
            _mm512_mask_storeu_ps(to, mask, _mm512_fmadd_ps(sign, sums[row][v], old));
        }
    }
}

using Multiply = void (*)(const Bf16Tile&);
template <int64_t... Rows>
struct Kernels {
    static constexpr Multiply all[][kVectors] = {{multiply<Rows + 1, 1>, multiply<Rows + 1, 2>, multiply<Rows + 1, 3>}...};
};

void multiply_tile(const Bf16Tile& t) {
    Kernels<0, 1, 2, 3, 4, 5, 6, 7>::all[t.rows - 1][(t.columns + kLanes - 1) / kLanes - 1](t);
}

void pack_left(const Bf16Operand& from, int64_t count, int64_t length, std::uint16_t* to) {
    pack_pairs(from, kRows, count, (length + 1) / kPair, length, to);
}
void pack_right(const Bf16Operand& from, int64_t count, int64_t length, std::uint16_t* to) {
    pack_pairs(from, kVectors * kLanes, count, (length + 1) / kPair, length, to);
}

constexpr Bf16Engine kEngine = {"AVX512-BF16", kRows, kVectors * kLanes, kPair, pack_left, pack_right, multiply_tile, nullptr, nullptr};

}  // namespace

const Bf16Engine* bf16_engine_avx512() { return &kEngine; }

}  // namespace ricci::runtime

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#else

namespace ricci::runtime {

const Bf16Engine* bf16_engine_avx512() { return nullptr; }

}  // namespace ricci::runtime

#endif
