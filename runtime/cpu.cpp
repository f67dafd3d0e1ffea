// Reads the processor's features by cpuid and its caches from the C library.
#include "runtime/cpu.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <thread>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace ricci::runtime {
namespace {

std::string read_brand() {
#if defined(__x86_64__)
    constexpr unsigned kFirstLeaf = 0x80000002;
    constexpr unsigned kLastLeaf = 0x80000004;
    if (__get_cpuid_max(0x80000000, nullptr) >= kLastLeaf) {
        std::array<unsigned, 12> words{};
        for (unsigned leaf = kFirstLeaf; leaf <= kLastLeaf; ++leaf) {
            unsigned* out = words.data() + std::size_t{4} * (leaf - kFirstLeaf);
            __get_cpuid(leaf, out, out + 1, out + 2, out + 3);
        }
        std::array<char, sizeof(words) + 1> text{};
        std::memcpy(text.data(), words.data(), sizeof(words));
        std::string brand(text.data());
        const auto first = brand.find_first_not_of(' ');
        const auto last = brand.find_last_not_of(' ');
        if (first != std::string::npos) return brand.substr(first, last - first + 1);
    }
#endif
    return "unknown CPU";
}

std::int64_t cache_bytes(int name, std::int64_t assumed) {
    const long bytes = sysconf(name);
    return bytes > 0 ? bytes : assumed;
}

std::string human(std::int64_t bytes) {
    constexpr std::int64_t kKi = 1024;
    return bytes >= kKi * kKi ? fmt::format("{:g} MiB", static_cast<double>(bytes) / (kKi * kKi))
                              : fmt::format("{:g} KiB", static_cast<double>(bytes) / kKi);
}

CpuInfo detect() {
    CpuInfo info;
    info.brand = read_brand();
#if defined(__x86_64__)
    __builtin_cpu_init();
    info.avx2 = __builtin_cpu_supports("avx2") != 0;
    info.fma = __builtin_cpu_supports("fma") != 0;
    info.avx512f = __builtin_cpu_supports("avx512f") != 0;
    info.avx512dq = __builtin_cpu_supports("avx512dq") != 0;
    info.avx512bw = __builtin_cpu_supports("avx512bw") != 0;
    info.avx512vl = __builtin_cpu_supports("avx512vl") != 0;
#endif
    info.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    info.l1_bytes = cache_bytes(_SC_LEVEL1_DCACHE_SIZE, 32 << 10);
    info.l2_bytes = cache_bytes(_SC_LEVEL2_CACHE_SIZE, 512 << 10);
    info.l3_bytes = cache_bytes(_SC_LEVEL3_CACHE_SIZE, 8 << 20);
    return info;
}

}  // namespace

std::string CpuInfo::describe() const {
    const char* vectors = avx512() ? "AVX-512" : avx2 && fma ? "AVX2" : "no AVX2";
    return fmt::format("{}, {}, {} thread{}, L1 {}, L2 {}, L3 {}", brand, vectors, threads, threads == 1 ? "" : "s",
                       human(l1_bytes), human(l2_bytes), human(l3_bytes));
}

const CpuInfo& cpu() {
    static const CpuInfo info = detect();
    return info;
}

}  // namespace ricci::runtime
