// What a program that uses Ricci finds afterwards: its environment, and the threads of a BLAS that it uses itself. Each
// test is a process of its own, where the library is not loaded yet.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "runtime/blas.h"
#include "runtime/gemm.h"

namespace ricci::runtime {
namespace {

std::vector<std::string> variables() {
    std::vector<std::string> all;
    for (char** variable = environ; *variable != nullptr; ++variable) all.emplace_back(*variable);
    return all;
}

float product_of_ones(std::int64_t depth) {
    const std::vector<float> ones(static_cast<std::size_t>(depth * 64), 1.0F);
    std::vector<float> result(64 * 64);
    gemm({.trans_b = true, .m = 64, .n = 64, .k = depth, .lda = depth, .ldb = depth, .ldc = 64}, 1.0F, ones.data(),
         ones.data(), 0.0F, result.data());
    return result[0];
}

/// OpenBLAS as a host program loads it, or nothing where there is none or it has no threads.
struct HostsBlas {
    void* handle = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    int (*threads)() = handle ? reinterpret_cast<int (*)()>(dlsym(handle, "openblas_get_num_threads")) : nullptr;
    void (*set_threads)(int) = handle ? reinterpret_cast<void (*)(int)>(dlsym(handle, "openblas_set_num_threads"))
                                      : nullptr;
};

TEST(HostProgram, KeepsItsEnvironment) {
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(
        {
            const std::vector<std::string> before = variables();
            const bool right = product_of_ones(100) == 100;
            std::_Exit(right && variables() == before ? 0 : 1);
        },
        testing::ExitedWithCode(0), "");
}

TEST(HostProgram, KeepsTheThreadsOfItsBlas) {
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(
        {
            const HostsBlas host;
            if (host.threads == nullptr || host.set_threads == nullptr) std::_Exit(0);
            host.set_threads(2);
            const int before = host.threads();  // 1 where the library was built without threads
            const bool right = product_of_ones(100) == 100;
            std::_Exit(right && host.threads() == before ? 0 : 1);
        },
        testing::ExitedWithCode(0), "");
}

TEST(HostProgram, FindsItsThreadsAgainBehindProductsOfSeveralThreads) {
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(
        {
            const HostsBlas host;
            if (host.threads == nullptr || host.set_threads == nullptr) std::_Exit(0);
            host.set_threads(2);
            const int before = host.threads();
            std::vector<std::thread> threads;
            for (int i = 0; i < 4; ++i) {
                threads.emplace_back([] {
                    for (int times = 0; times < 200; ++times) {
                        if (product_of_ones(64) != 64) std::_Exit(2);
                    }
                });
            }
            for (std::thread& thread : threads) thread.join();
            std::_Exit(host.threads() == before ? 0 : 1);
        },
        testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace ricci::runtime
