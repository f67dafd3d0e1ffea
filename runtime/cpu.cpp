// Reads the processor's features by cpuid and its caches from the C library.
#include "runtime/cpu.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
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

// Processors that this process may run on (taskset, a container's set); 0 where the system does not say.
int processors_allowed() {
    for (int most = 1024; most <= 1 << 20; most *= 4) {  // the mask must be as large as the kernel's
        cpu_set_t* set = CPU_ALLOC(most);
        if (set == nullptr) return 0;
        const std::size_t bytes = CPU_ALLOC_SIZE(most);
        const int count = sched_getaffinity(0, bytes, set) == 0 ? CPU_COUNT_S(bytes, set) : 0;
        CPU_FREE(set);
        if (count > 0 || errno != EINVAL) return count;
    }
    return 0;
}

// Processors' worth of time that one control group grants, rounded up; 0 where it grants all. The file holds the
// microseconds of a period, or "max", and the period.
int processors_granted(const std::string& group) {
    std::ifstream file(group + "/cpu.max");
    std::string granted, period;
    if (!(file >> granted >> period)) return 0;
    std::int64_t time = 0, of = 0;
    std::from_chars(granted.data(), granted.data() + granted.size(), time);
    std::from_chars(period.data(), period.data() + period.size(), of);
    return time > 0 && of > 0 ? static_cast<int>(std::min<std::int64_t>((time + of - 1) / of, 1 << 20)) : 0;
}

// The threads that find a processor: as many as are allowed, or fewer where this process's control group, or one around
// it, grants less time.
int threads_that_run() {
    int threads = processors_allowed();
    if (threads == 0) threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    std::ifstream file("/proc/self/cgroup");
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("0::")) continue;
        std::string path = line.substr(3);
        while (true) {
            if (const int granted = processors_granted("/sys/fs/cgroup" + path); granted > 0)
                threads = std::min(threads, granted);
            const std::size_t slash = path.rfind('/');
            if (path.empty() || slash == std::string::npos) break;
            path.resize(slash);
        }
    }
    return threads;
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
    info.threads = threads_that_run();
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
