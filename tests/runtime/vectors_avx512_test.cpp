// The vectors of convolutions in AVX-512. What other files have too is included before that is switched on, so that the linker
// finds no function with its instructions.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#ifdef __x86_64__
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,fma")
#include "tests/runtime/vectors.inl"
#pragma GCC pop_options

namespace ricci::runtime {
namespace {

TEST(Vectors, MoveAsOneLaneAtATimeDoesInAvx512) {
    if (!(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"))) GTEST_SKIP() << "this processor has no AVX-512";
    expect_vectors_of_this_file();
}

}  // namespace
}  // namespace ricci::runtime
#endif
