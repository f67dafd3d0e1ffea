// The C functions of compiled code: each turns an exception into this thread's pending error.
#include "runtime/call/abi.h"

#include <array>
#include <cstdio>
#include <exception>
#include <vector>

#include "runtime/base/buffer.h"
#include "runtime/call/bf16/product.h"
#include "runtime/call/convolution/convolution.h"
#include "runtime/call/gemm.h"

namespace ricci::runtime {
namespace {

// A fixed buffer, so that keeping an error cannot itself fail.
struct PendingError {
    bool set = false;
    std::array<char, 512> text{};
};
thread_local PendingError pending;

void keep(const char* what) noexcept {
    if (pending.set) return;
    pending.set = true;
    std::snprintf(pending.text.data(), pending.text.size(), "%s", what);
}

template <typename Work>
void guarded(const Work& work) noexcept {
    try {
        work();
    } catch (const std::exception& error) {
        keep(error.what());
    } catch (...) {
        keep("a call of compiled code failed with an unknown exception");
    }
}

template <typename T>
void guarded_gemm(const GemmShape& shape, T alpha, const T* a, const T* b, T beta, T* c) noexcept {
    guarded([&] { gemm(shape, alpha, a, b, beta, c); });
}

}  // namespace

std::string take_abi_error() {
    if (!pending.set) return {};
    pending.set = false;
    return pending.text.data();
}

std::span<const AbiSymbol> abi_symbols() {
    static const std::array<AbiSymbol, 6> table = {{
        {"ricci_gemm_f32", reinterpret_cast<void*>(&ricci_gemm_f32)},
        {"ricci_gemm_f64", reinterpret_cast<void*>(&ricci_gemm_f64)},
        {"ricci_gemm_sum_f32", reinterpret_cast<void*>(&ricci_gemm_sum_f32)},
        {"ricci_scratch", reinterpret_cast<void*>(&ricci_scratch)},
        {kConvolutionSymbol.data(), reinterpret_cast<void*>(&ricci_convolution_f32)},
        {"ricci_gemm_bf16", reinterpret_cast<void*>(&ricci_gemm_bf16)},
    }};
    return table;
}

}  // namespace ricci::runtime

extern "C" {

void ricci_gemm_f32(std::int64_t trans_a, std::int64_t trans_b, std::int64_t m, std::int64_t n, std::int64_t k,
                    float alpha, const float* a, std::int64_t lda, const float* b, std::int64_t ldb, float beta,
                    float* c, std::int64_t ldc) noexcept {
    ricci::runtime::guarded_gemm({trans_a != 0, trans_b != 0, m, n, k, lda, ldb, ldc}, alpha, a, b, beta, c);
}

void ricci_gemm_f64(std::int64_t trans_a, std::int64_t trans_b, std::int64_t m, std::int64_t n, std::int64_t k,
                    double alpha, const double* a, std::int64_t lda, const double* b, std::int64_t ldb, double beta,
                    double* c, std::int64_t ldc) noexcept {
    ricci::runtime::guarded_gemm({trans_a != 0, trans_b != 0, m, n, k, lda, ldb, ldc}, alpha, a, b, beta, c);
}

void ricci_gemm_sum_f32(std::int64_t trans_a, std::int64_t trans_b, std::int64_t m, std::int64_t n, std::int64_t k,
                        float alpha, const float* a, std::int64_t lda, const float* b, std::int64_t ldb, float beta,
                        float* c, std::int64_t ldc, const void* loops, std::int64_t count) noexcept {
    using namespace ricci::runtime;
    const std::span all(static_cast<const GemmLoop*>(loops), static_cast<std::size_t>(count));
    guarded([&] { gemm_sum({trans_a != 0, trans_b != 0, m, n, k, lda, ldb, ldc}, all, alpha, a, b, beta, c); });
}

void ricci_gemm_bf16(std::int64_t trans_a, std::int64_t trans_b, std::int64_t m, std::int64_t n, std::int64_t k,
                     float alpha, const void* a, std::int64_t lda, const void* b, std::int64_t ldb, float beta, float* c,
                     std::int64_t ldc, const void* loops, std::int64_t count, std::int64_t a_stored,
                     std::int64_t b_stored, const void* repeat) noexcept {
    using namespace ricci::runtime;
    const std::span all(static_cast<const GemmLoop*>(loops), static_cast<std::size_t>(count));
    guarded([&] {
        bf16_gemm_sum({trans_a != 0, trans_b != 0, m, n, k, lda, ldb, ldc}, all, alpha,
                      {a, b, a_stored != 0, b_stored != 0}, beta, c,
                      repeat == nullptr ? GemmRepeat{} : *static_cast<const GemmRepeat*>(repeat));
    });
}

void* ricci_scratch(std::int64_t number, std::int64_t bytes) noexcept {
    thread_local std::vector<ricci::runtime::Arena> pieces;
    void* memory = nullptr;
    ricci::runtime::guarded([&] {
        const auto place = static_cast<std::size_t>(number);
        if (pieces.size() <= place) pieces.resize(place + 1);
        memory = pieces[place].reserve(bytes);
    });
    return memory;
}

void ricci_convolution_f32(std::int64_t method, std::int64_t direction, const void* shape, std::int64_t batch,
                           float* image, float* kernel, float* result, std::int64_t begin, std::int64_t end) noexcept {
    using namespace ricci::runtime;
    guarded([&] {
        convolve(static_cast<ConvolutionMethod>(method), static_cast<ConvolutionDirection>(direction),
                 *static_cast<const ConvolutionShape*>(shape), batch, image, kernel, result, begin, end);
    });
}
}
