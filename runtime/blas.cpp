// Finds, configures and loads the CBLAS library.
#include "runtime/blas.h"

#include <dlfcn.h>
#include <strings.h>

#include <array>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "ir/base/error.h"
#include "runtime/cpu.h"

namespace ricci::runtime {
namespace {

// Debian's alternatives name one of the three builds libopenblas.so.0; the folders are where each one lies.
constexpr std::array<const char*, 8> kCandidates = {
    "libopenblas.so.0",
    "/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0",
    "/usr/lib/x86_64-linux-gnu/openblas-serial/libopenblas.so.0",
    "/usr/lib/x86_64-linux-gnu/openblas-openmp/libopenblas.so.0",
    "/usr/lib/aarch64-linux-gnu/openblas-pthread/libopenblas.so.0",
    "/usr/lib/aarch64-linux-gnu/openblas-serial/libopenblas.so.0",
    "/usr/lib/aarch64-linux-gnu/openblas-openmp/libopenblas.so.0",
    "libblas.so.3",
};

template <typename Function>
Function symbol(void* handle, const char* name) {
    return reinterpret_cast<Function>(dlsym(handle, name));
}

std::string last_dl_error() {
    const char* text = dlerror();
    return text ? text : "unknown error";
}

// The library reads these while it is loaded, so they are set before.
void configure_environment() {
    constexpr int kKeepTheUsers = 0;
    const std::string core = blas_core_for_this_cpu();
    if (!core.empty()) setenv("OPENBLAS_CORETYPE", core.c_str(), kKeepTheUsers);
    setenv("OPENBLAS_NUM_THREADS", "1", kKeepTheUsers);
    setenv("OMP_NUM_THREADS", "1", kKeepTheUsers);
}

std::string file_of(void* address, const std::string& fallback) {
    Dl_info info{};
    if (dladdr(address, &info) != 0 && info.dli_fname) return info.dli_fname;
    return fallback;
}

void read_openblas(void* handle, Blas& loaded) {
    if (auto corename = symbol<char* (*)()>(handle, "openblas_get_corename")) {
        loaded.core = corename();
        const char* wanted = std::getenv("OPENBLAS_CORETYPE");
        if (wanted && strcasecmp(wanted, loaded.core.c_str()) != 0)
            loaded.remark = fmt::format(
                "OpenBLAS runs its {} kernels though {} was asked for: it was loaded before "
                "Ricci, or was built for one processor only",
                loaded.core, wanted);
    }
    if (auto parallel = symbol<int (*)()>(handle, "openblas_get_parallel")) {
        constexpr std::array<const char*, 3> kNames = {"serial", "pthread", "openmp"};
        const int number = parallel();
        loaded.parallel = number >= 0 && number < 3 ? kNames[static_cast<std::size_t>(number)] : "";
    }
    if (auto set_threads = symbol<void (*)(int)>(handle, "openblas_set_num_threads")) set_threads(1);
    if (loaded.parallel == "openmp") loaded.set_openmp_threads = symbol<void (*)(int)>(handle, "omp_set_num_threads");
}

void refuse_64_bit_sizes(void* handle, const std::string& file) {
    auto config = symbol<char* (*)()>(handle, "openblas_get_config");
    if (config && std::string_view(config()).find("USE64BITINT") != std::string_view::npos)
        user_error(
            "BLAS library {} takes 64-bit sizes but Ricci calls it with 32-bit ones; use a build without "
            "USE64BITINT, such as Debian's libopenblas0-pthread",
            file);
}

Blas find_library() {
    if (const char* chosen = std::getenv("RICCI_BLAS"); chosen && *chosen) return load_blas(chosen);
    std::string tried;
    for (const char* file : kCandidates) {
        try {
            return load_blas(file);
        } catch (const UserError& error) {
            tried += fmt::format("{}{}", tried.empty() ? "" : "; ", error.what());
        }
    }
    user_error("no BLAS library found; install one (apt-get install libopenblas0-pthread) or set RICCI_BLAS=FILE ({})",
               tried);
}

}  // namespace

std::string blas_core_for_this_cpu() {
    const CpuInfo& info = cpu();
    if (info.avx512()) return "SkylakeX";
    if (info.avx2 && info.fma) return "Haswell";
    return "";
}

Blas load_blas(const std::string& file) {
    configure_environment();
    dlerror();
    // The handle is kept for the life of the process: compiled code holds addresses in it.
    void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) user_error("cannot load BLAS library {}: {}", file, last_dl_error());
    Blas loaded;
    loaded.sgemm = symbol<Blas::Sgemm>(handle, "cblas_sgemm");
    loaded.dgemm = symbol<Blas::Dgemm>(handle, "cblas_dgemm");
    if (!loaded.sgemm || !loaded.dgemm) {
        const char* missing = loaded.sgemm ? "cblas_dgemm" : "cblas_sgemm";
        dlclose(handle);
        user_error("BLAS library {} has no {}; RICCI_BLAS must name a CBLAS library", file, missing);
    }
    refuse_64_bit_sizes(handle, file);
    loaded.library = file_of(reinterpret_cast<void*>(loaded.sgemm), file);
    read_openblas(handle, loaded);
    return loaded;
}

const Blas& blas() {
    static const Blas loaded = find_library();
    return loaded;
}

std::string describe(const Blas& blas) {
    std::string text = blas.core.empty() ? "BLAS" : fmt::format("OpenBLAS core {}", blas.core);
    if (!blas.parallel.empty())
        text += blas.parallel == "serial" ? " (serial)" : fmt::format(" ({}, 1 thread)", blas.parallel);
    text += fmt::format(", {}", blas.library);
    if (!blas.remark.empty()) text += fmt::format("; {}", blas.remark);
    return text;
}

}  // namespace ricci::runtime
