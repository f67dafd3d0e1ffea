/// \file runtime/call/blas.h
/// Loads a CBLAS library at run time, with the kernels that fit this processor; it never links one.
///
/// OpenBLAS 0.3.21 does not know newer processors, and falls back to kernels several times slower. So its core type is
/// set from the processor's features before it is loaded.
#pragma once

#include <cstdint>
#include <string>

namespace ricci::runtime {

/// Row-major / column-major and transposition as CBLAS numbers them.
inline constexpr int kCblasRowMajor = 101;
inline constexpr int kCblasNoTrans = 111;
inline constexpr int kCblasTrans = 112;

/// Whose number of threads a library goes by, where that is not ours to keep at 1.
enum class BlasThreads : std::uint8_t {
    ours,        // loaded here: it stays at 1
    of_process,  // loaded by the host program, which has a number of its own: 1 while we call it
    of_caller,   // an OpenMP build goes by that of the calling thread: 1 while we call it
};

struct Blas {
    using Sgemm = void (*)(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float* a,
                           int lda, const float* b, int ldb, float beta, float* c, int ldc);
    using Dgemm = void (*)(int order, int trans_a, int trans_b, int m, int n, int k, double alpha, const double* a,
                           int lda, const double* b, int ldb, double beta, double* c, int ldc);

    std::string library;   // the file that was loaded
    std::string core;      // "SkylakeX", "Haswell", ...; "" if the library does not say
    std::string parallel;  // "serial", "pthread", "openmp"; "" if the library does not say
    std::string remark;    // "" or why this library may be slow here
    Sgemm sgemm = nullptr;
    Dgemm dgemm = nullptr;
    BlasThreads threads = BlasThreads::ours;
    int (*get_threads)() = nullptr;  // of the process or the caller; null if the library does not say
    void (*set_threads)(int) = nullptr;
};

/// The core type OpenBLAS is asked for: "SkylakeX" with AVX-512, "Haswell" with AVX2 and FMA, else "" (its own choice).
std::string blas_core_for_this_cpu();

/// The BLAS library, loaded by the first call (tens of milliseconds), with its own threads set to 1.
///
/// The file is RICCI_BLAS if that is set, else OpenBLAS where Debian puts it, else the reference libblas.so.3.
/// OPENBLAS_CORETYPE and OPENBLAS_NUM_THREADS are set in the environment while the file is loaded, unless the user set
/// them; then it is as it was. A library that the process has already keeps its number of threads.
/// \throws UserError if the file cannot be loaded, lacks cblas_sgemm or cblas_dgemm, takes 64-bit sizes, or if there
///         is no library at all. A later call tries again.
const Blas& blas();

/// Loads one file (a path, or a name for the dynamic linker) as blas() does. \throws UserError as blas() does.
Blas load_blas(const std::string& file);

/// "OpenBLAS core SkylakeX (pthread, 1 thread), /usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0".
std::string describe(const Blas& blas);

}  // namespace ricci::runtime
