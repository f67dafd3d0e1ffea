// Promises of runtime/cpu.h.
#include "runtime/cpu.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <cstdlib>

namespace ricci::runtime {
namespace {

TEST(Cpu, SizesAreSensibleWhateverTheMachineTells) {
    const CpuInfo& info = cpu();
    EXPECT_FALSE(info.brand.empty());
    EXPECT_GE(info.threads, 1);
    EXPECT_GE(info.l1_bytes, 8 << 10);
    EXPECT_GE(info.l2_bytes, info.l1_bytes);
    EXPECT_GT(info.l3_bytes, 0);
}

TEST(Cpu, FeaturesAgreeWithTheKernelsList) {
    FILE* file = std::fopen("/proc/cpuinfo", "r");
    ASSERT_NE(file, nullptr);
    std::string text(1 << 16, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file));
    std::fclose(file);
    const auto listed = [&](const char* flag) { return text.find(std::string(" ") + flag) != std::string::npos; };
    EXPECT_EQ(cpu().avx2, listed("avx2"));
    EXPECT_EQ(cpu().fma, listed("fma"));
    EXPECT_EQ(cpu().avx512f, listed("avx512f"));
    EXPECT_EQ(cpu().avx512vl, listed("avx512vl"));
}

int threads_on_one_processor() {
    cpu_set_t allowed;
    cpu_set_t one;
    sched_getaffinity(0, sizeof allowed, &allowed);
    CPU_ZERO(&one);
    for (std::size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++i) {
        if (CPU_ISSET(i, &allowed)) CPU_SET(i, &one);
    }
    sched_setaffinity(0, sizeof one, &one);
    return cpu().threads;
}

TEST(Cpu, ThreadsAreThoseThatThisProcessMayRunOn) {
    // In a process of its own, where the processor was not asked for yet.
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(std::_Exit(threads_on_one_processor() == 1 ? 0 : 1), testing::ExitedWithCode(0), "");
}

TEST(Cpu, DescribeNamesTheVectorsAndTheCaches) {
    CpuInfo info;
    info.brand = "Some CPU";
    info.avx2 = info.fma = true;
    info.threads = 4;
    info.l1_bytes = 48 << 10;
    info.l2_bytes = 1280 << 10;
    info.l3_bytes = 12 << 20;
    EXPECT_EQ(info.describe(), "Some CPU, AVX2, 4 threads, L1 48 KiB, L2 1.25 MiB, L3 12 MiB");
    info.avx512f = info.avx512dq = info.avx512bw = info.avx512vl = true;
    info.threads = 1;
    EXPECT_EQ(info.describe(), "Some CPU, AVX-512, 1 thread, L1 48 KiB, L2 1.25 MiB, L3 12 MiB");
}

}  // namespace
}  // namespace ricci::runtime
