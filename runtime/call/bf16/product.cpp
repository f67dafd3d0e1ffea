// Cuts products into blocks that the caches hold, packs them, and runs the engine's tiles.
#include "runtime/call/bf16/product.h"

#include <algorithm>
#include <atomic>
#include <vector>

#include "ir/base/dtype.h"
#include "ir/base/error.h"
#include "runtime/base/buffer.h"
#include "runtime/base/cpu.h"
#include "runtime/base/fill.h"
#include "runtime/call/bf16/amx.h"
#include "runtime/call/bf16/avx512.h"
#include "runtime/call/gemm_blocks.h"

namespace ricci::runtime {
namespace {

using std::int64_t;

// Sizes of blocks. A band of A lies in the first-level cache, one of B and a block of A in the second-level one.
constexpr int64_t kDepth = 1024;    // numbers of a sum
constexpr int64_t kRows = 256;      // rows of a block of A
constexpr int64_t kColumns = 1920;  // columns of a block of B
// Blocks of the sum that are added to C one after the other. Behind so many they have a sum of their own.
constexpr int64_t kBlocksInARow = 256;

std::atomic<Bf16Path> path_in_use = Bf16Path::best;

int64_t up_to(int64_t count, int64_t multiple) { return (count + multiple - 1) / multiple * multiple; }

/// Memory of this thread, for two packed operands.
template <typename T>
struct Workspace {
    T *left, *right;

    Workspace(int64_t of_left, int64_t of_right) {
        constexpr int64_t kLine = 64 / sizeof(T);
        thread_local Arena memory;
        const int64_t bytes = (up_to(of_left, kLine) + up_to(of_right, kLine)) * static_cast<int64_t>(sizeof(T));
        std::byte* all = memory.reserve(bytes);
        fill_unwritten(all, bytes);
        left = reinterpret_cast<T*>(all);
        right = left + up_to(of_left, kLine);
    }
};

/// One block of the sum: c (+)= sign * a * b, of `length` numbers each.
struct Block {
    Bf16Operand a, b;
    int64_t length;
    float sign;
    bool add;
    float* c;
    int64_t c_step;
};

/// Products in tiles of an engine.
class Tiles {
  public:
    Tiles(const Bf16Engine& engine, int64_t m, int64_t n, int64_t longest)
        : e_(engine),
          m_(m),
          n_(n),
          space_(up_to(std::min(m, kRows), engine.rows) * up_to(longest, engine.depth),
                 up_to(std::min(n, kColumns), engine.columns) * up_to(longest, engine.depth)) {
        if (e_.begin != nullptr) e_.begin();
    }
    ~Tiles() {
        if (e_.end != nullptr) e_.end();
    }
    Tiles(const Tiles&) = delete;
    Tiles& operator=(const Tiles&) = delete;

    void multiply(const Block& block) const {
        for (int64_t column = 0; column < n_; column += kColumns) {
            const int64_t columns = std::min(kColumns, n_ - column);
            e_.pack_right(block.b.from(column, 0), columns, block.length, space_.right);
            for (int64_t row = 0; row < m_; row += kRows) {
                const int64_t rows = std::min(kRows, m_ - row);
                e_.pack_left(block.a.from(row, 0), rows, block.length, space_.left);
                multiply_packed(block, row, rows, column, columns);
            }
        }
    }
    /// The same block of several products whose A is the same: it is packed once.
    template <typename BlockAt>
    void multiply_with_one_left(int64_t count, const BlockAt& block_at) const {
        for (int64_t row = 0; row < m_; row += kRows) {
            const int64_t rows = std::min(kRows, m_ - row);
            for (int64_t product = 0; product < count; ++product) {
                const Block block = block_at(product);
                if (product == 0) e_.pack_left(block.a.from(row, 0), rows, block.length, space_.left);
                for (int64_t column = 0; column < n_; column += kColumns) {
                    const int64_t columns = std::min(kColumns, n_ - column);
                    e_.pack_right(block.b.from(column, 0), columns, block.length, space_.right);
                    multiply_packed(block, row, rows, column, columns);
                }
            }
        }
    }

  private:
    void multiply_packed(const Block& block, int64_t row, int64_t rows, int64_t column, int64_t columns) const {
        const int64_t depth = up_to(block.length, e_.depth);
        for (int64_t j = 0; j < columns; j += e_.columns) {
            for (int64_t i = 0; i < rows; i += e_.rows) {
                e_.multiply({.rows = std::min(e_.rows, rows - i),
                             .columns = std::min(e_.columns, columns - j),
                             .depth = depth,
                             .a = space_.left + i * depth,
                             .b = space_.right + j * depth,
                             .c = block.c + (row + i) * block.c_step + column + j,
                             .c_step = block.c_step,
                             .sign = block.sign,
                             .add = block.add});
            }
        }
    }

    const Bf16Engine& e_;
    int64_t m_, n_;
    Workspace<std::uint16_t> space_;
};

/// `count` rows of `length` numbers as floats that bf16 holds.
void widen(const Bf16Operand& from, int64_t count, int64_t length, float* to) {
    const auto copy = [&](const auto* data, const auto& number) {
        for (int64_t i = 0; i < count; ++i) {
            const auto* row = data + i * from.outer;
            for (int64_t k = 0; k < length; ++k) to[i * length + k] = number(row[k * from.depth]);
        }
    };
    if (from.stored) return copy(static_cast<const Bf16*>(from.data), [](Bf16 x) { return static_cast<float>(x); });
    copy(static_cast<const float*>(from.data), [](float x) { return round_to_bf16(x); });
}

/// Products of widened numbers by gemm, for processors without products of bf16.
class Widened {
  public:
    template <typename BlockAt>
    void multiply_with_one_left(int64_t count, const BlockAt& block_at) const {
        for (int64_t product = 0; product < count; ++product) multiply(block_at(product));
    }

    Widened(int64_t m, int64_t n, int64_t longest)
        : m_(m), n_(n), space_(std::min(m, kRows) * longest, std::min(n, kColumns) * longest) {}

    void multiply(const Block& block) const {
        for (int64_t column = 0; column < n_; column += kColumns) {
            const int64_t columns = std::min(kColumns, n_ - column);
            widen(block.b.from(column, 0), columns, block.length, space_.right);
            for (int64_t row = 0; row < m_; row += kRows) {
                const int64_t rows = std::min(kRows, m_ - row);
                widen(block.a.from(row, 0), rows, block.length, space_.left);
                gemm({false, true, rows, columns, block.length, block.length, block.length, block.c_step}, block.sign,
                     space_.left, space_.right, block.add ? 1.0F : 0.0F, block.c + row * block.c_step + column);
            }
        }
    }

  private:
    int64_t m_, n_;
    Workspace<float> space_;
};

/// A sum of products, cut into blocks of terms.
struct Sum {
    const GemmShape& shape;
    std::span<const GemmLoop> loops;
    float alpha;
    const Bf16Operands& operands;
    int64_t pieces;   // of the terms of one point
    int64_t longest;  // terms of a piece

    Sum(const GemmShape& s, std::span<const GemmLoop> around, float factor, const Bf16Operands& of)
        : shape(s), loops(around), alpha(factor), operands(of), pieces((s.k + kDepth - 1) / kDepth) {
        longest = up_to((s.k + pieces - 1) / pieces, kStep);
    }
    int64_t count() const { return points_of(loops) * pieces; }

    /// Block `number`, to be written or added to a result that begins at c.
    Block block(int64_t number, bool add, float* c, int64_t c_step, Moved from = {{}, 0}) const {
        Moved moved(loops, number / pieces);
        moved.a += from.a, moved.b += from.b;
        const int64_t first = number % pieces * longest;
        const GemmShape& s = shape;
        const Bf16Operand a{operands.a, operands.a_stored, s.trans_a ? 1 : s.lda, s.trans_a ? s.lda : 1};
        const Bf16Operand b{operands.b, operands.b_stored, s.trans_b ? s.ldb : 1, s.trans_b ? 1 : s.ldb};
        return {moved_by(a, moved.a).from(0, first), moved_by(b, moved.b).from(0, first),
                std::min(longest, s.k - first), alpha, add, c, c_step};
    }

  private:
    static constexpr int64_t kStep = 32;  // terms that every engine takes at a time

    static Bf16Operand moved_by(Bf16Operand operand, int64_t elements) {
        operand.data = static_cast<const char*>(operand.data) + elements * (operand.stored ? 2 : 4);
        return operand;
    }
};

/// C = beta * C + the sum, for each repeat; `product` adds up one block of it.
template <typename Product>
void add_up(const Sum& sum, const GemmRepeat& repeat, const Product& product, float beta, float* c) {
    const GemmShape& s = sum.shape;
    const int64_t count = sum.count();
    const auto moved = [&](int64_t number) {
        Moved from({}, 0);
        from.a = number * repeat.a, from.b = number * repeat.b;
        return from;
    };
    if (count <= kBlocksInARow) {
        for (int64_t i = 0; beta != 0 && beta != 1 && i < repeat.extent; ++i) scale(s, beta, c + i * repeat.c);
        for (int64_t n = 0; n < count; ++n) {
            const auto block_at = [&](int64_t i) {
                return sum.block(n, n > 0 || beta != 0, c + i * repeat.c, s.ldc, moved(i));
            };
            if (repeat.a == 0 && repeat.extent > 1) {
                product.multiply_with_one_left(repeat.extent, block_at);
                continue;
            }
            for (int64_t i = 0; i < repeat.extent; ++i) product.multiply(block_at(i));
        }
        return;
    }
    std::vector<float> block(static_cast<std::size_t>(s.m * s.n));
    for (int64_t i = 0; i < repeat.extent; ++i) {
        float* to = c + i * repeat.c;
        std::ranges::fill(block, 0.0F);
        scale(s, beta, to);
        for (int64_t n = 0; n < count; ++n) {
            product.multiply(sum.block(n, true, block.data(), s.n, moved(i)));
            if ((n + 1) % kBlocksInARow != 0 && n + 1 < count) continue;
            for (int64_t row = 0; row < s.m; ++row) add_block(to + row * s.ldc, block.data() + row * s.n, s.n);
        }
    }
}

Bf16Path best_path() {
    static const Bf16Path best = why_not(Bf16Path::amx).empty()      ? Bf16Path::amx
                                 : why_not(Bf16Path::avx512).empty() ? Bf16Path::avx512
                                                                     : Bf16Path::widened;
    return best;
}

}  // namespace

void bf16_gemm_sum(const GemmShape& shape, std::span<const GemmLoop> loops, float alpha, const Bf16Operands& operands,
                   float beta, float* c, const GemmRepeat& repeat) {
    check_shape(shape);
    if (shape.m == 0 || shape.n == 0) return;
    if (shape.k == 0 || alpha == 0) {
        for (int64_t i = 0; i < repeat.extent; ++i) scale(shape, beta, c + i * repeat.c);
        return;
    }
    const Sum sum(shape, loops, alpha, operands);
    const Bf16Path path = bf16_path();
    if (path == Bf16Path::widened) return add_up(sum, repeat, Widened(shape.m, shape.n, sum.longest), beta, c);
    const Bf16Engine& engine = path == Bf16Path::amx ? *bf16_engine_amx() : *bf16_engine_avx512();
    add_up(sum, repeat, Tiles(engine, shape.m, shape.n, sum.longest), beta, c);
}

std::string name_of(Bf16Path path) {
    switch (path) {
        case Bf16Path::amx: return "amx";
        case Bf16Path::avx512: return "avx512";
        case Bf16Path::widened: return "widened";
        case Bf16Path::best: break;
    }
    return "best";
}

std::string why_not(Bf16Path path) {
    if (path == Bf16Path::amx && (bf16_engine_amx() == nullptr || !cpu().amx_bf16)) return "this processor has no AMX";
    if (path == Bf16Path::avx512 && (bf16_engine_avx512() == nullptr || !cpu().avx512_bf16))
        return "this processor has no AVX512-BF16";
    return "";
}

void set_bf16_path(Bf16Path path) { path_in_use.store(path, std::memory_order_relaxed); }

Bf16Path bf16_path() {
    const Bf16Path path = path_in_use.load(std::memory_order_relaxed);
    return path == Bf16Path::best ? best_path() : path;
}

}  // namespace ricci::runtime
