// Promises of runtime/base/cpu.h.
#include "runtime/base/cpu.h"

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

TEST(Cpu, ThreadsFollowTheAffinityMask) {
    testing::GTEST_FLAG(death_test_style) = "threadsafe";  // in a process that has not asked yet
    EXPECT_EXIT(
        {
            cpu_set_t one;
            CPU_ZERO(&one);
            CPU_SET(sched_getcpu(), &one);
            sched_setaffinity(0, sizeof(one), &one);
            std::_Exit(cpu().threads);
        },
        testing::ExitedWithCode(1), "");
}

TEST(Cpu, AQuotaIsRoundedUpToProcessors) {
    EXPECT_EQ(processors_of_quota("200000 100000", 16), 2);
    EXPECT_EQ(processors_of_quota("150000 100000", 16), 2);
    EXPECT_EQ(processors_of_quota("1000 100000", 16), 1);
    EXPECT_EQ(processors_of_quota("3200000 100000", 16), 16);
    for (const char* no_quota : {"max 100000", "", "200000", "200000 ", "200000 0", "-5 100000", "0 100000"}) {
        EXPECT_EQ(processors_of_quota(no_quota, 16), 16) << no_quota;
    }
}

}  // namespace
}  // namespace ricci::runtime
