/// \file runtime/call/bf16/engine.h
/// What one kind of processor does of a product of bf16: packing, and tiles of results that stay in registers.
#pragma once

#include <cstdint>

namespace ricci::runtime {

/// A matrix of f32, which is rounded to bf16 as it is packed, or of bf16. Element (i, k) lies at i * outer + k * depth; one
/// of the two steps is 1.
struct Bf16Operand {
    const void* data = nullptr;
    bool stored = false;  // as bf16
    std::int64_t outer = 0, depth = 0;

    /// The same from element (i, k) on.
    Bf16Operand from(std::int64_t i, std::int64_t k) const {
        const std::int64_t bytes = (stored ? 2 : 4) * (i * outer + k * depth);
        return {static_cast<const char*>(data) + bytes, stored, outer, depth};
    }
};

/// One register tile: c[row][column] (+)= sign * sum(k) a[row][k] * b[k][column], of packed operands.
struct Bf16Tile {
    std::int64_t rows, columns;  // what there is of results, at most those of the engine
    std::int64_t depth;          // a multiple of the engine's
    const std::uint16_t *a, *b;
    float* c;
    std::int64_t c_step;
    float sign;
    bool add;
};

/// All sums are f32. A packed operand is cut into bands of `rows` or `columns`, the last of which may have fewer. What is
/// missing to a multiple of `depth` is 0. A band takes its full width times the depth.
struct Bf16Engine {
    const char* name;
    std::int64_t rows, columns, depth;
    /// Packs `count` rows, or columns, of so many numbers each.
    void (*pack_left)(const Bf16Operand& from, std::int64_t count, std::int64_t length, std::uint16_t* to);
    void (*pack_right)(const Bf16Operand& from, std::int64_t count, std::int64_t length, std::uint16_t* to);
    void (*multiply)(const Bf16Tile& tile);
    /// Before and after the tiles of a call; null where nothing is to be done.
    void (*begin)();
    void (*end)();
};

}  // namespace ricci::runtime
