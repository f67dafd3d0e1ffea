// Checks the sizes of a matrix product, settles the degenerate ones and hands the rest to the chosen engine.
#include "runtime/call/gemm.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>

#include "ir/base/error.h"
#include "runtime/base/buffer.h"
#include "runtime/base/fork.h"
#include "runtime/call/blas.h"
#include "runtime/call/gemm_blocks.h"

namespace ricci::runtime {
namespace {

std::atomic<GemmEngine> engine_in_use = GemmEngine::blas;

void scale(const GemmShape& s, double beta, double* c) {
    for (std::int64_t i = 0; i < s.m; ++i) {
        double* row = c + i * s.ldc;
        for (std::int64_t j = 0; j < s.n; ++j) row[j] = beta == 0 ? 0 : row[j] * beta;
    }
}

template <typename T>
void naive(const GemmShape& s, T alpha, const T* a, const T* b, T beta, T* c) {
    for (std::int64_t i = 0; i < s.m; ++i) {
        for (std::int64_t j = 0; j < s.n; ++j) {
            double sum = 0;
            for (std::int64_t p = 0; p < s.k; ++p) {
                const double left = s.trans_a ? a[p * s.lda + i] : a[i * s.lda + p];
                const double right = s.trans_b ? b[j * s.ldb + p] : b[p * s.ldb + j];
                sum += left * right;
            }
            T& out = c[i * s.ldc + j];
            const double product = double{alpha} * sum;
            out = static_cast<T>(beta == T{0} ? product : product + double{beta} * double{out});
        }
    }
}

void call(const Blas& library, const GemmShape& s, float alpha, const float* a, const float* b, float beta, float* c) {
    library.sgemm(kCblasRowMajor, s.trans_a ? kCblasTrans : kCblasNoTrans, s.trans_b ? kCblasTrans : kCblasNoTrans,
                  static_cast<int>(s.m), static_cast<int>(s.n), static_cast<int>(s.k), alpha, a,
                  static_cast<int>(s.lda), b, static_cast<int>(s.ldb), beta, c, static_cast<int>(s.ldc));
}

void call(const Blas& library, const GemmShape& s, double alpha, const double* a, const double* b, double beta,
          double* c) {
    library.dgemm(kCblasRowMajor, s.trans_a ? kCblasTrans : kCblasNoTrans, s.trans_b ? kCblasTrans : kCblasNoTrans,
                  static_cast<int>(s.m), static_cast<int>(s.n), static_cast<int>(s.k), alpha, a,
                  static_cast<int>(s.lda), b, static_cast<int>(s.ldb), beta, c, static_cast<int>(s.ldc));
}

/// While any of them lives, a library that goes by the host program's number of threads goes by 1.
class OneBlasThread {
  public:
    explicit OneBlasThread(const Blas& library) : library_(library) {
        if (library.threads == BlasThreads::of_process) first();
        if (library.threads != BlasThreads::of_caller) return;
        before_ = library.get_threads();
        library.set_threads(1);
    }
    ~OneBlasThread() {
        if (library_.threads == BlasThreads::of_caller) library_.set_threads(before_);
        if (library_.threads == BlasThreads::of_process) last();
    }
    OneBlasThread(const OneBlasThread&) = delete;
    OneBlasThread& operator=(const OneBlasThread&) = delete;

  private:
    struct Shared {
        ForkSafeMutex mutex;
        std::int64_t calls = 0;
        int before = 1;  // the host's number
    };
    static Shared& shared() {
        static Shared all;
        return all;
    }
    void first() {
        const std::scoped_lock lock(shared().mutex);
        if (shared().calls++ > 0) return;
        shared().before = library_.get_threads();
        library_.set_threads(1);
    }
    void last() {
        const std::scoped_lock lock(shared().mutex);
        if (--shared().calls == 0) library_.set_threads(shared().before);
    }

    const Blas& library_;
    int before_ = 1;
};

template <typename T>
void run(const GemmShape& shape, T alpha, const T* a, const T* b, T beta, T* c) {
    check_shape(shape);
    if (shape.m == 0 || shape.n == 0) return;
    if (shape.k == 0 || alpha == T{0}) return scale(shape, beta, c);
    if (gemm_engine() == GemmEngine::naive) return naive(shape, alpha, a, b, beta, c);
    const Blas& library = blas();
    const OneBlasThread one(library);
    call(library, shape, alpha, a, b, beta, c);
}

/// Terms that are added up in blocks of so many, in calls of no more than so many. Some kernels of OpenBLAS add all
/// terms of a small product one after the other; for a large one it begins anew after some 400.
struct SumLengths {
    std::int64_t block, call;
};
SumLengths lengths_of(const GemmShape& s) {
    constexpr std::int64_t kSmall = 1024;
    const bool small = s.m == 1 || s.n == 1 || s.m * s.n <= kSmall;
    return small ? SumLengths{2048, 1024} : SumLengths{16384, 16384};
}

/// The long sums of some rows of C.
void sum_blocks(const GemmShape& s, std::span<const GemmLoop> loops, float alpha, const float* a, const float* b,
                float beta, float* c) {
    const SumLengths lengths = lengths_of(s);
    thread_local Arena memory;
    const std::int64_t elements = s.m * s.n;
    auto* block = reinterpret_cast<float*>(memory.reserve(elements * static_cast<std::int64_t>(sizeof(float))));
    std::fill_n(block, elements, 0.0F);
    scale(s, beta, c);
    const auto finish_block = [&] {
        for (std::int64_t row = 0; row < s.m; ++row) add_block(c + row * s.ldc, block + row * s.n, s.n);
    };
    const std::int64_t pieces = (s.k + lengths.call - 1) / lengths.call;
    std::int64_t terms = 0;  // in the block
    for (std::int64_t point = 0, all = points_of(loops); point < all; ++point) {
        const Moved moved(loops, point);
        for (std::int64_t piece = 0; piece < pieces; ++piece) {
            const std::int64_t first = s.k * piece / pieces;
            GemmShape part = s;
            part.k = s.k * (piece + 1) / pieces - first;
            part.ldc = s.n;
            if (terms > 0 && terms + part.k > lengths.block) finish_block(), terms = 0;
            terms += part.k;
            run(part, alpha, a + moved.a + first * (s.trans_a ? s.lda : 1),
                b + moved.b + first * (s.trans_b ? 1 : s.ldb), 1.0F, block);
        }
    }
    finish_block();
}

}  // namespace

void gemm_sum(const GemmShape& shape, std::span<const GemmLoop> loops, float alpha, const float* a, const float* b,
              float beta, float* c) {
    check_shape(shape);
    if (shape.m == 0 || shape.n == 0) return;
    const std::int64_t count = points_of(loops);
    if (shape.k <= lengths_of(shape).block / count) {
        for (std::int64_t point = 0; point < count; ++point) {
            const Moved moved(loops, point);
            run(shape, alpha, a + moved.a, b + moved.b, point == 0 ? beta : 1.0F, c);
        }
        return;
    }
    if (gemm_engine() == GemmEngine::blas) blas();  // may refuse, before anything is written
    if (alpha == 0) return scale(shape, beta, c);
    constexpr std::int64_t kElements = 1 << 20;  // elements of C at a time
    const std::int64_t rows = std::max<std::int64_t>(kElements / shape.n, 64);
    for (std::int64_t row = 0; row < shape.m; row += rows) {
        GemmShape part = shape;
        part.m = std::min(rows, shape.m - row);
        sum_blocks(part, loops, alpha, a + row * (shape.trans_a ? 1 : shape.lda), b, beta, c + row * shape.ldc);
    }
}

void set_gemm_engine(GemmEngine engine) {
    engine_in_use.store(engine, std::memory_order_relaxed);
}

GemmEngine gemm_engine() {
    return engine_in_use.load(std::memory_order_relaxed);
}

void gemm(const GemmShape& shape, float alpha, const float* a, const float* b, float beta, float* c) {
    gemm_sum(shape, {}, alpha, a, b, beta, c);
}

void gemm(const GemmShape& shape, double alpha, const double* a, const double* b, double beta, double* c) {
    run(shape, alpha, a, b, beta, c);
}

}  // namespace ricci::runtime
