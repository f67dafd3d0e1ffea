// Sums of blocks with what rounding lost, and the loops around products.
#include "runtime/call/gemm_blocks.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ir/base/error.h"

namespace ricci::runtime {
namespace {

struct NamedSize {
    const char* name;
    std::int64_t value;
};

}  // namespace

void check_shape(const GemmShape& s) {
    constexpr std::int64_t kMost = std::numeric_limits<int>::max();
    for (const NamedSize& size :
         {NamedSize{"m", s.m}, {"n", s.n}, {"k", s.k}, {"lda", s.lda}, {"ldb", s.ldb}, {"ldc", s.ldc}}) {
        if (size.value < 0 || size.value > kMost)
            user_error("gemm of {} x {} x {}: {} is {}, which BLAS cannot take (0 to {}); make the batch smaller", s.m,
                       s.n, s.k, size.name, size.value, kMost);
    }
    struct Row {
        const char* name;
        std::int64_t ld;
        std::int64_t width;
    };
    for (const Row& row :
         {Row{"lda", s.lda, s.trans_a ? s.m : s.k}, {"ldb", s.ldb, s.trans_b ? s.k : s.n}, {"ldc", s.ldc, s.n}}) {
        if (row.ld < row.width)
            user_error("gemm of {} x {} x {}: {} is {} but a row has {} elements", s.m, s.n, s.k, row.name, row.ld,
                       row.width);
    }
}

void scale(const GemmShape& s, float beta, float* c) {
    for (std::int64_t i = 0; i < s.m; ++i) {
        float* row = c + i * s.ldc;
        if (beta == 0) {
            std::fill_n(row, s.n, 0.0F);
        } else {
            for (std::int64_t j = 0; j < s.n; ++j) row[j] *= beta;
        }
    }
}

void add_block(float* __restrict sum, float* __restrict block, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
        const float all = sum[i] + block[i];
        const float lost = (sum[i] - all) + block[i];
        sum[i] = all;
        block[i] = std::abs(lost) < std::numeric_limits<float>::infinity() ? lost : 0.0F;
    }
}

std::int64_t points_of(std::span<const GemmLoop> loops) {
    std::int64_t all = 1;
    for (const GemmLoop& loop : loops) all *= loop.extent;
    return all;
}

Moved::Moved(std::span<const GemmLoop> loops, std::int64_t point) {
    for (std::size_t i = loops.size(); i-- > 0; point /= loops[i].extent) {
        a += point % loops[i].extent * loops[i].a;
        b += point % loops[i].extent * loops[i].b;
    }
}

}  // namespace ricci::runtime
