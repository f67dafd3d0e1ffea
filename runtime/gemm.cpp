// Checks the sizes of a matrix product, settles the degenerate ones and hands the rest to the chosen engine.
#include "runtime/gemm.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <mutex>

#include "ir/base/error.h"
#include "runtime/blas.h"
#include "runtime/fork.h"

namespace ricci::runtime {
namespace {

std::atomic<GemmEngine> engine_in_use = GemmEngine::blas;

struct NamedSize {
    const char* name;
    std::int64_t value;
};

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

template <typename T>
void scale(const GemmShape& s, T beta, T* c) {
    for (std::int64_t i = 0; i < s.m; ++i) {
        T* row = c + i * s.ldc;
        if (beta == T{0}) {
            std::fill_n(row, s.n, T{0});
        } else {
            for (std::int64_t j = 0; j < s.n; ++j) row[j] *= beta;
        }
    }
}

template <typename T>
void naive(const GemmShape& s, T alpha, const T* a, const T* b, T beta, T* c) {
    for (std::int64_t i = 0; i < s.m; ++i) {
        for (std::int64_t j = 0; j < s.n; ++j) {
            T sum{0};
            for (std::int64_t p = 0; p < s.k; ++p) {
                const T left = s.trans_a ? a[p * s.lda + i] : a[i * s.lda + p];
                const T right = s.trans_b ? b[j * s.ldb + p] : b[p * s.ldb + j];
                sum += left * right;
            }
            T& out = c[i * s.ldc + j];
            out = beta == T{0} ? alpha * sum : alpha * sum + beta * out;
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

}  // namespace

void set_gemm_engine(GemmEngine engine) {
    engine_in_use.store(engine, std::memory_order_relaxed);
}

GemmEngine gemm_engine() {
    return engine_in_use.load(std::memory_order_relaxed);
}

void gemm(const GemmShape& shape, float alpha, const float* a, const float* b, float beta, float* c) {
    run(shape, alpha, a, b, beta, c);
}

void gemm(const GemmShape& shape, double alpha, const double* a, const double* b, double beta, double* c) {
    run(shape, alpha, a, b, beta, c);
}

}  // namespace ricci::runtime
