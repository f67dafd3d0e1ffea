// Checks the sizes of a matrix product, settles the degenerate ones and hands the rest to the chosen engine.
#include "runtime/gemm.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <mutex>

#include "ir/base/error.h"
#include "runtime/blas.h"

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

// While it lives the library works on the calling thread alone: a product's bits depend on its number of threads. A
// number that the host chose comes back behind the last of our products. Where it is one already nothing is done.
class OneThread {
  public:
    explicit OneThread(const Blas& library) : library_(library) {
        if (!library.threads) return;
        if (library.threads_belong_to_callers) {
            before_ = library.threads();
            if (before_ != 1) library.set_threads(1);
            return;
        }
        if (sharing.load(std::memory_order_acquire) == 0 && library.threads() == 1) return;
        const std::lock_guard lock(changing);
        if (sharing.fetch_add(1, std::memory_order_acq_rel) == 0) {
            hosts_threads = library.threads();
            library.set_threads(1);
        }
        shares_ = true;
    }
    ~OneThread() {
        if (before_ != 1) library_.set_threads(before_);
        if (!shares_) return;
        const std::lock_guard lock(changing);
        if (sharing.fetch_sub(1, std::memory_order_acq_rel) == 1) library_.set_threads(hosts_threads);
    }
    OneThread(const OneThread&) = delete;
    OneThread& operator=(const OneThread&) = delete;

  private:
    static std::mutex changing;       // guards hosts_threads
    static std::atomic<int> sharing;  // products that run on a number of threads that is not the host's
    static int hosts_threads;

    const Blas& library_;
    int before_ = 1;
    bool shares_ = false;
};

constinit std::mutex OneThread::changing;
constinit std::atomic<int> OneThread::sharing = 0;
constinit int OneThread::hosts_threads = 1;

template <typename T>
void run(const GemmShape& shape, T alpha, const T* a, const T* b, T beta, T* c) {
    check_shape(shape);
    if (shape.m == 0 || shape.n == 0) return;
    if (shape.k == 0 || alpha == T{0}) return scale(shape, beta, c);
    if (gemm_engine() == GemmEngine::naive) return naive(shape, alpha, a, b, beta, c);
    const Blas& library = blas();
    const OneThread alone(library);
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
