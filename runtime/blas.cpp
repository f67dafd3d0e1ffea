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

/// A variable of the environment while it lives, unless the user set it. Libraries read theirs while they are loaded.
class Setting {
  public:
    Setting(const char* name, const std::string& value) : name_(name) {
        if (value.empty() || std::getenv(name) != nullptr) return;
        ours_ = setenv(name, value.c_str(), 0) == 0;
    }
    ~Setting() {
        if (ours_) unsetenv(name_);
    }
    Setting(const Setting&) = delete;
    Setting& operator=(const Setting&) = delete;

  private:
    const char* name_;
    bool ours_ = false;
};

std::string file_of(void* address, const std::string& fallback) {
    Dl_info info{};
    if (dladdr(address, &info) != 0 && info.dli_fname) return info.dli_fname;
    return fallback;
}

/// What was asked of OpenBLAS: by the user, else by us.
std::string wanted_core() {
    const char* users = std::getenv("OPENBLAS_CORETYPE");
    return users != nullptr ? users : blas_core_for_this_cpu();
}

void read_openblas(void* handle, bool is_the_hosts, Blas& loaded) {
    if (auto corename = symbol<char* (*)()>(handle, "openblas_get_corename")) {
        loaded.core = corename();
        const std::string wanted = wanted_core();
        if (!wanted.empty() && strcasecmp(wanted.c_str(), loaded.core.c_str()) != 0)
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
    const bool openmp = loaded.parallel == "openmp";
    loaded.threads_belong_to_callers = openmp;
    loaded.threads = symbol<int (*)()>(handle, openmp ? "omp_get_max_threads" : "openblas_get_num_threads");
    loaded.set_threads = symbol<void (*)(int)>(handle, openmp ? "omp_set_num_threads" : "openblas_set_num_threads");
    if (!loaded.threads || !loaded.set_threads) loaded.threads = nullptr, loaded.set_threads = nullptr;
    // A count that the host chose stays; each product asks for one thread and gives the count back (runtime/gemm.cpp).
    if (loaded.set_threads && !openmp && !is_the_hosts) loaded.set_threads(1);
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
    dlerror();
    // Handles are kept for the life of the process: compiled code holds addresses in the library.
    void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    const bool is_the_hosts = handle != nullptr;
    if (!is_the_hosts) {
        const Setting core("OPENBLAS_CORETYPE", blas_core_for_this_cpu());
        const Setting threads("OPENBLAS_NUM_THREADS", "1");
        handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    }
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
    read_openblas(handle, is_the_hosts, loaded);
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
