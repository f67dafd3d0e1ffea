// Finds, configures and loads the CBLAS library.
#include "runtime/call/blas.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/base/error.h"
#include "runtime/base/cpu.h"
#include "runtime/base/environment.h"
#include "runtime/base/fork.h"

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

constexpr const char* kCoreVariable = "OPENBLAS_CORETYPE";

/// The core that OpenBLAS is asked for: the user's, or the one that fits this processor.
std::string wanted_core() {
    const char* users = std::getenv(kCoreVariable);
    return users != nullptr ? users : blas_core_for_this_cpu();
}

// What OpenBLAS reads while it is loaded, and at no other time. OMP_NUM_THREADS is left alone: it is for all that uses
// OpenMP in this process.
std::vector<std::pair<std::string, std::string>> variables_for_loading() {
    std::vector<std::pair<std::string, std::string>> variables = {{"OPENBLAS_NUM_THREADS", "1"}};
    if (const std::string core = wanted_core(); !core.empty()) variables.emplace_back(kCoreVariable, core);
    return variables;
}

/// Opens the library. Of several calls for one file, the first says whether the process had it before.
struct Opened {
    void* handle = nullptr;
    bool by_the_host = false;
};
Opened open_library(const std::string& file) {
    static ForkSafeMutex mutex;
    static std::vector<Opened> all;  // a handle is the same for all who open the file
    const std::scoped_lock lock(mutex);
    void* loaded = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    Opened opened{loaded, loaded != nullptr};
    if (loaded == nullptr) {
        const WithVariables meanwhile(variables_for_loading());
        dlerror();
        opened.handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    }
    if (!opened.handle) user_error("cannot load BLAS library {}: {}", file, last_dl_error());
    const auto known = std::ranges::find(all, opened.handle, &Opened::handle);
    if (known != all.end()) return *known;
    all.push_back(opened);
    return opened;
}

bool same_but_for_case(std::string_view a, std::string_view b) {
    const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, small, small);
}

std::string file_of(void* address, const std::string& fallback) {
    Dl_info info{};
    if (dladdr(address, &info) != 0 && info.dli_fname) return info.dli_fname;
    return fallback;
}

void read_openblas(const Opened& library, Blas& loaded) {
    void* const handle = library.handle;
    if (auto corename = symbol<char* (*)()>(handle, "openblas_get_corename")) {
        loaded.core = corename();
        const std::string wanted = wanted_core();
        if (!wanted.empty() && !same_but_for_case(wanted, loaded.core))
            loaded.remark = fmt::format(
                "OpenBLAS runs its {} kernels though {} was asked for: it was loaded before "
                "Ricci, or was built for one processor only",
                loaded.core, wanted);
    }
    if (auto parallel = symbol<int (*)()>(handle, "openblas_get_parallel")) {
        constexpr std::array<const char*, 3> kNames = {"serial", "pthread", "openmp"};
        const auto number = static_cast<unsigned>(parallel());
        loaded.parallel = number < kNames.size() ? kNames[number] : "";
    }
    // An OpenMP build asks the calling thread how many threads to use.
    const bool openmp = loaded.parallel == "openmp";
    loaded.get_threads = symbol<int (*)()>(handle, openmp ? "omp_get_max_threads" : "openblas_get_num_threads");
    loaded.set_threads = symbol<void (*)(int)>(handle, openmp ? "omp_set_num_threads" : "openblas_set_num_threads");
    if (!loaded.get_threads || !loaded.set_threads) return;
    if (openmp) {
        loaded.threads = BlasThreads::of_caller;
    } else if (library.by_the_host) {
        loaded.threads = BlasThreads::of_process;
    } else {
        loaded.set_threads(1);
    }
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
    // The handle is kept for the life of the process: compiled code holds addresses in it.
    const Opened library = open_library(file);
    void* const handle = library.handle;
    Blas loaded;
    loaded.sgemm = symbol<Blas::Sgemm>(handle, "cblas_sgemm");
    loaded.dgemm = symbol<Blas::Dgemm>(handle, "cblas_dgemm");
    if (!loaded.sgemm || !loaded.dgemm) {
        const char* missing = loaded.sgemm ? "cblas_dgemm" : "cblas_sgemm";
        user_error("BLAS library {} has no {}; RICCI_BLAS must name a CBLAS library", file, missing);
    }
    refuse_64_bit_sizes(handle, file);
    loaded.library = file_of(reinterpret_cast<void*>(loaded.sgemm), file);
    read_openblas(library, loaded);
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
