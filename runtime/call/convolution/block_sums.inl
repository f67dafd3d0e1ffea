// Long sums of a gradient by the kernel, a block of pieces at a time.
#pragma once

#include "runtime/call/convolution/vectors.inl"

namespace ricci::runtime {
namespace {

constexpr int64_t kBlockPieces = 64;        // pieces that are added up before their sum goes to the total

/// The sums of one block more go to the total; what rounding loses stays, for the next block to start from (Kahan
/// 1965).
inline void add_block(float* total, float* sums, int64_t count) {
    for (int64_t i = 0; i < count; i += kLanes) {
        const Vector old = load(total + i), block = load(sums + i);
        const Vector all = old + block;
        const Vector lost = (old - all) + block;
        store(total + i, all);
        store(sums + i, zero_in(lost, not_below(lost, __builtin_inff())));
    }
}

}  // namespace
}  // namespace ricci::runtime
