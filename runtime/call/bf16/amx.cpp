// Products of bf16 with the matrix unit AMX: a tile is 16 rows of 64 bytes, and one instruction multiplies two of them.
#include "runtime/call/bf16/amx.h"

#ifdef __x86_64__

#include "runtime/call/bf16/pairs.inl"

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma,amx-tile,amx-bf16"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma,amx-tile,amx-bf16")
#endif

namespace ricci::runtime {
namespace {

constexpr int64_t kSide = 16;          // rows of a tile, and f32 of its row
constexpr int64_t kDeep = 2 * kSide;   // bf16 of a tile's row
constexpr int64_t kRows = 2 * kSide;   // rows of results, and columns: 2 x 2 tiles, with two tiles of each operand
constexpr int64_t kRowBytes = 64;

/// All eight tiles have 16 rows of 64 bytes. A thread says so before its tiles, and gives the state back after them: a thread
/// that the system puts aside need not keep it.
void begin() {
    struct alignas(64) {
        std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
        std::uint16_t row_bytes[16] = {kRowBytes, kRowBytes, kRowBytes, kRowBytes, kRowBytes, kRowBytes, kRowBytes, kRowBytes};
        std::uint8_t rows[16] = {kSide, kSide, kSide, kSide, kSide, kSide, kSide, kSide};
    } configuration;
    _tile_loadconfig(&configuration);
}
void end() { _tile_release(); }

/// [row][number]: a band of 32 rows has its numbers as they are.
void pack_left(const Bf16Operand& from, int64_t count, int64_t length, std::uint16_t* to) {
    const int64_t padded = (length + kDeep - 1) / kDeep * kDeep;
    const int64_t bands = (count + kRows - 1) / kRows;
    const auto pack = [&](const auto* data) {
        for (int64_t row = 0; row < bands * kRows; ++row) {
            for (int64_t k = 0; k < padded; k += kDeep) {
                alignas(64) std::uint16_t numbers[kDeep] = {};
                const int64_t many = row < count ? least(kDeep, length - k) : 0;
                const auto* at = data + row * from.outer + k * from.depth;
                if (from.depth == 1 || many <= 0) {
                    _mm512_storeu_si512(to + row * padded + k, pairs_along(at, many));
                    continue;
                }
                for (int64_t i = 0; i < many; ++i)
                    _mm_storeu_si16(numbers + i, _mm512_castsi512_si128(rounded(at + i * from.depth, first(1))));
                _mm512_storeu_si512(to + row * padded + k, _mm512_load_si512(numbers));
            }
        }
    };
    from.stored ? pack(static_cast<const std::uint16_t*>(from.data)) : pack(static_cast<const float*>(from.data));
}

void pack_right(const Bf16Operand& from, int64_t count, int64_t length, std::uint16_t* to) {
    pack_pairs(from, kRows, count, (length + kDeep - 1) / kDeep * kSide, length, to);
}

void multiply_tile(const Bf16Tile& t) {
    alignas(64) float sums[kRows][kRows];
    constexpr int64_t kStep = kRows * 2 * 2;  // bytes from pair to pair of the right operand
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    const std::uint16_t* below = t.a + kSide * t.depth;
    for (int64_t k = 0; k < t.depth; k += kDeep) {
        const std::uint16_t* right = t.b + k * kRows;
        _tile_loadd(4, t.a + k, t.depth * 2);
        _tile_loadd(5, below + k, t.depth * 2);
        _tile_loadd(6, right, kStep);
        _tile_loadd(7, right + kDeep, kStep);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, &sums[0][0], sizeof(sums[0]));
    _tile_stored(1, &sums[0][kSide], sizeof(sums[0]));
    _tile_stored(2, &sums[kSide][0], sizeof(sums[0]));
    _tile_stored(3, &sums[kSide][kSide], sizeof(sums[0]));
    const __m512 sign = _mm512_set1_ps(t.sign);
    for (int64_t row = 0; row < t.rows; ++row) {
        for (int64_t column = 0; column < t.columns; column += kLanes) {
            const __mmask16 mask = first(t.columns - column);
            float* to = t.c + row * t.c_step + column;
            const __m512 old = t.add ? _mm512_maskz_loadu_ps(mask, to) : _mm512_setzero_ps();
            _mm512_mask_storeu_ps(to, mask, _mm512_fmadd_ps(sign, _mm512_load_ps(&sums[row][column]), old));
        }
    }
}

constexpr Bf16Engine kEngine = {"AMX", kRows, kRows, kDeep, pack_left, pack_right, multiply_tile, begin, end};

}  // namespace

const Bf16Engine* bf16_engine_amx() { return &kEngine; }

}  // namespace ricci::runtime

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#else

namespace ricci::runtime {

const Bf16Engine* bf16_engine_amx() { return nullptr; }

}  // namespace ricci::runtime

#endif
