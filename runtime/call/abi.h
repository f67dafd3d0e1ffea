/// \file runtime/call/abi.h
/// The C functions that compiled code calls. None throws: an error is kept for the thread, and taken after the kernel.
#pragma once

#include <cstdint>
#include <span>
#include <string>

extern "C" {

/// C[m, n] = alpha * op(A)[m, k] * op(B)[k, n] + beta * C, row-major, leading dimensions in elements. A non-zero
/// trans_a means that A is stored k x m, trans_b that B is stored n x k. Degenerate sizes as runtime::gemm. After an
/// error C is unchanged, and runtime::take_abi_error() says what it was.
void ricci_gemm_f32(std::int64_t trans_a, std::int64_t trans_b, std::int64_t m, std::int64_t n, std::int64_t k,
                    float alpha, const float* a, std::int64_t lda, const float* b, std::int64_t ldb, float beta,
                    float* c, std::int64_t ldc) noexcept;
void ricci_gemm_f64(std::int64_t trans_a, std::int64_t trans_b, std::int64_t m, std::int64_t n, std::int64_t k,
                    double alpha, const double* a, std::int64_t lda, const double* b, std::int64_t ldb, double beta,
                    double* c, std::int64_t ldc) noexcept;

/// The same, for each point of `count` nested loops (runtime::GemmLoop) added to C: runtime::gemm_sum.
void ricci_gemm_sum_f32(std::int64_t trans_a, std::int64_t trans_b, std::int64_t m, std::int64_t n, std::int64_t k,
                        float alpha, const float* a, std::int64_t lda, const float* b, std::int64_t ldb, float beta,
                        float* c, std::int64_t ldc, const void* loops, std::int64_t count) noexcept;

/// The same of operands of bf16: runtime::bf16_gemm_sum. A non-zero a_stored means that A is stored as bf16; else it is stored
/// as f32, and rounded. `repeat` is a runtime::GemmRepeat, or null for one product.
void ricci_gemm_bf16(std::int64_t trans_a, std::int64_t trans_b, std::int64_t m, std::int64_t n, std::int64_t k,
                     float alpha, const void* a, std::int64_t lda, const void* b, std::int64_t ldb, float beta, float* c,
                     std::int64_t ldc, const void* loops, std::int64_t count, std::int64_t a_stored,
                     std::int64_t b_stored, const void* repeat) noexcept;

/// Memory of this thread for that many bytes, valid until it asks for piece `number` again; null after an error.
void* ricci_scratch(std::int64_t number, std::int64_t bytes) noexcept;

/// runtime::convolve; method and direction are numbers of its enumerations, `shape` a runtime::ConvolutionShape.
void ricci_convolution_f32(std::int64_t method, std::int64_t direction, const void* shape, std::int64_t batch,
                           float* image, float* kernel, float* result, std::int64_t begin, std::int64_t end) noexcept;
}

namespace ricci::runtime {

/// The first error of an ABI call on this thread since the last take, or "" if there was none. Clears it.
std::string take_abi_error();

struct AbiSymbol {
    const char* name;
    void* address;
};

/// Every function above, for the JIT to register.
std::span<const AbiSymbol> abi_symbols();

}  // namespace ricci::runtime
