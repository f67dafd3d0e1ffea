// Reads the processor's features by cpuid and its caches from the C library.
#include "runtime/base/cpu.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <thread>

#if defined(__x86_64__)
#include <cpuid.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif
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

/// Processors of this process's affinity mask, or of the machine where the system does not say.
int allowed_processors() {
#ifdef __linux__
    constexpr std::size_t kMost = 1 << 16;
    for (std::size_t most = CPU_SETSIZE; most <= kMost; most *= 2) {  // the call fails while the set is too small
        cpu_set_t* set = CPU_ALLOC(most);
        if (set == nullptr) break;
        const std::size_t bytes = CPU_ALLOC_SIZE(most);
        const int count = sched_getaffinity(0, bytes, set) == 0 ? CPU_COUNT_S(bytes, set) : 0;
        CPU_FREE(set);
        if (count > 0) return count;
    }
#endif
    return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

std::string first_line(const std::filesystem::path& file) {
    std::string line;
    std::ifstream stream(file);
    std::getline(stream, line);
    return line;
}

/// The processors that the control groups of this process leave it: the least quota from its own up to the root's.
int quota_processors(int most) {
    namespace fs = std::filesystem;
    const fs::path root = "/sys/fs/cgroup";
    std::string own = first_line("/proc/self/cgroup");  // "0::/user.slice/..." with version 2
    if (!own.starts_with("0::/")) return most;
    for (fs::path group = own.substr(4);; group = group.parent_path()) {
        most = std::min(most, processors_of_quota(first_line(root / group / "cpu.max"), most));
        if (group.empty()) return most;
    }
}

#if defined(__x86_64__) && defined(__linux__)
/// Whether there is a matrix unit for bf16, and the system lets this process use it. The registers are 8 KiB a thread, so
/// Linux keeps them for who has asked. The permission holds for all threads.
bool may_use_amx() {
    constexpr unsigned kFeatures = 7;                            // a leaf of cpuid
    constexpr unsigned kTiles = 1U << 24, kBf16 = 1U << 22;      // bits of its EDX
    constexpr long kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    if (__get_cpuid_count(kFeatures, 0, &eax, &ebx, &ecx, &edx) == 0) return false;
    if ((edx & kTiles) == 0 || (edx & kBf16) == 0) return false;
    return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}
#elif defined(__x86_64__)
bool may_use_amx() { return false; }
#endif

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
    info.avx512_bf16 = info.avx512() && __builtin_cpu_supports("avx512bf16") != 0;
    info.amx_bf16 = info.avx512_bf16 && may_use_amx();
#endif
    info.threads = quota_processors(allowed_processors());
    info.l1_bytes = cache_bytes(_SC_LEVEL1_DCACHE_SIZE, 32 << 10);
    info.l2_bytes = cache_bytes(_SC_LEVEL2_CACHE_SIZE, 512 << 10);
    info.l3_bytes = cache_bytes(_SC_LEVEL3_CACHE_SIZE, 8 << 20);
    return info;
}

}  // namespace

int processors_of_quota(std::string_view cpu_max, int otherwise) {
    const char* const end = cpu_max.data() + cpu_max.size();
    double quota = 0;
    double period = 0;
    const auto [space, bad_quota] = std::from_chars(cpu_max.data(), end, quota);
    if (bad_quota != std::errc() || space == end) return otherwise;
    const auto [rest, bad_period] = std::from_chars(space + 1, end, period);
    if (bad_period != std::errc() || !(quota > 0) || !(period > 0)) return otherwise;
    return static_cast<int>(std::min(std::ceil(quota / period), static_cast<double>(otherwise)));
}

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
