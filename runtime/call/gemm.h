/// \file runtime/call/gemm.h
/// Matrix products of compiled code: one row-major GEMM per float type, over BLAS or a plain loop.
#pragma once

#include <cstdint>
#include <span>

namespace ricci::runtime {

/// Who computes: the loaded BLAS, or a triple loop that needs no library and is the oracle of tests.
enum class GemmEngine : std::uint8_t { blas, naive };

/// Chooses for the whole process, at any time; blas at the start.
void set_gemm_engine(GemmEngine engine);
GemmEngine gemm_engine();

/// The sizes of C = alpha * op(A) * op(B) + beta * C; every matrix is row-major, its ld counts elements.
struct GemmShape {
    bool trans_a = false;  // op(A) is A transposed: A is stored k x m instead of m x k
    bool trans_b = false;  // B is stored n x k instead of k x n
    std::int64_t m = 0;
    std::int64_t n = 0;
    std::int64_t k = 0;
    std::int64_t lda = 0;
    std::int64_t ldb = 0;
    std::int64_t ldc = 0;
};

/// C = alpha * op(A) * op(B) + beta * C on the calling thread. With beta 0, C is written and never read; with k 0, C is
/// only scaled; with m or n 0, nothing is touched. The bits depend on the shape alone.
/// \throws UserError if a size is negative or above 2^31 - 1, or a leading dimension is shorter than its row. Also as
///         blas() does when the library is first needed.
/// Cost: 2*m*n*k flop.
void gemm(const GemmShape& shape, float alpha, const float* a, const float* b, float beta, float* c);
void gemm(const GemmShape& shape, double alpha, const double* a, const double* b, double beta, double* c);

/// A loop around a product, with what one step of it moves A and B, in elements.
struct GemmLoop {
    std::int64_t extent = 1;
    std::int64_t a = 0;
    std::int64_t b = 0;
};

/// C = beta * C + alpha * the sum of op(A) * op(B) over all points of the loops, outermost first. Long sums, those of
/// one product with a large k too, are cut into blocks. So the error does not grow with their length. The bits depend
/// on sizes alone. Costs memory of the thread for up to 4 MiB of C where a sum is long.
void gemm_sum(const GemmShape& shape, std::span<const GemmLoop> loops, float alpha, const float* a, const float* b,
              float beta, float* c);

}  // namespace ricci::runtime
