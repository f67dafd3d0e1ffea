// Promises of runtime/call/blas.h: the right core, one thread, and clear refusals.
#include "runtime/call/blas.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <strings.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "runtime/base/cpu.h"
#include "runtime/base/environment.h"
#include "runtime/call/gemm.h"
#include "tests/runtime/refusal.h"

namespace ricci::runtime {
namespace {

TEST(Blas, CoreTypeFollowsTheFeatures) {
    const CpuInfo& info = cpu();
    const char* expected = info.avx512() ? "SkylakeX" : info.avx2 && info.fma ? "Haswell" : "";
    EXPECT_EQ(blas_core_for_this_cpu(), expected);
}

TEST(Blas, OpenBlasRunsTheCoreThatWasAskedFor) {
    const Blas& loaded = blas();
    ASSERT_NE(loaded.sgemm, nullptr);
    ASSERT_NE(loaded.dgemm, nullptr);
    EXPECT_FALSE(loaded.library.empty());
    if (loaded.core.empty()) return;  // the reference BLAS has no cores
    const char* asked = std::getenv("OPENBLAS_CORETYPE");
    if (asked) {
        EXPECT_EQ(strcasecmp(asked, loaded.core.c_str()), 0) << asked << " against " << loaded.core;
    }
    EXPECT_EQ(loaded.remark, "");
    EXPECT_NE(describe(loaded).find("OpenBLAS core " + loaded.core), std::string::npos);
}

TEST(Blas, TheUsersCoreTypeIsKept) {
    // In a process of its own, where the library is not loaded yet.
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(
        {
            setenv("OPENBLAS_CORETYPE", "Prescott", 1);
            const std::string core = blas().core;
            std::_Exit(core.empty() || core == "Prescott" ? 0 : 1);
        },
        testing::ExitedWithCode(0), "");
}

TEST(Blas, AFileThatIsNotThereIsNamed) {
    const std::string message = refusal([] { load_blas("/nowhere/libnoblas.so"); });
    EXPECT_TRUE(contains(message, "cannot load BLAS library /nowhere/libnoblas.so: ")) << message;
    EXPECT_TRUE(contains(message, "No such file")) << message;
}

TEST(Blas, AFileThatIsNoLibraryIsRefusedWithTheLinkersReason) {
    const std::filesystem::path file = std::filesystem::temp_directory_path() / "ricci_not_a_library.so";
    std::ofstream(file) << "this is text, long enough to hold what would be the header of a shared library file";
    const std::string message = refusal([&] { load_blas(file.string()); });
    std::filesystem::remove(file);
    EXPECT_TRUE(contains(message, "cannot load BLAS library " + file.string() + ": ")) << message;
    EXPECT_TRUE(contains(message, "ELF") || contains(message, "too short")) << message;
}

TEST(Blas, ALibraryWithoutGemmIsRefused) {
    EXPECT_EQ(refusal([] { load_blas("libm.so.6"); }),
              "BLAS library libm.so.6 has no cblas_sgemm; RICCI_BLAS must name a CBLAS library");
}

TEST(Blas, RicciBlasNamesTheLibrary) {
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(
        {
            setenv("RICCI_BLAS", "/nowhere/libmine.so", 1);
            std::_Exit(contains(refusal([] { blas(); }), "cannot load BLAS library /nowhere/libmine.so") ? 0 : 1);
        },
        testing::ExitedWithCode(0), "");
}

TEST(Blas, LoadingTheSameFileTwiceGivesTheSameFunctions) {
    const Blas again = load_blas(blas().library);
    EXPECT_EQ(again.sgemm, blas().sgemm);
    EXPECT_EQ(again.core, blas().core);
}

/// In a process of its own, where the library is not loaded yet: 0 where body() returns true.
template <typename Body>
void expect_true_in_a_fresh_process(const Body& body) {
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(std::_Exit(body() ? 0 : 1), testing::ExitedWithCode(0), "");
}

void multiply() {
    const float a[4] = {1, 2, 3, 4};
    float c[4] = {};
    gemm({.m = 2, .n = 2, .k = 2, .lda = 2, .ldb = 2, .ldc = 2}, 1, a, a, 0, c);
}

TEST(Blas, TheEnvironmentIsAsItWas) {
    expect_true_in_a_fresh_process([] {
        for (const char* name : {"OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"}) unsetenv(name);
        char** const list = environ;
        const Blas& loaded = blas();
        multiply();
        bool none = environ == list;
        for (const char* name : {"OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"})
            none = none && std::getenv(name) == nullptr;
        return none && loaded.remark.empty();
    });
}

TEST(Blas, AHostsNumberOfThreadsIsAsItWas) {
    expect_true_in_a_fresh_process([] {
        setenv("OPENBLAS_NUM_THREADS", "2", 1);
        void* host = nullptr;  // loads what blas() will find, before it
        for (const char* file : {"libopenblas.so.0", "/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0"})
            if (host == nullptr) host = dlopen(file, RTLD_NOW | RTLD_LOCAL);
        if (host == nullptr) return false;
        auto threads = reinterpret_cast<int (*)()>(dlsym(host, "openblas_get_num_threads"));
        const int before = threads();
        multiply();
        const bool has_threads = blas().parallel == "pthread";
        return threads() == before && (!has_threads || blas().threads == BlasThreads::of_process);
    });
    expect_true_in_a_fresh_process([] {
        multiply();
        const bool has_threads = blas().parallel == "pthread";
        return !has_threads || (blas().threads == BlasThreads::ours && blas().get_threads() == 1);
    });
}

TEST(WithVariables, SetsWhatIsUnsetAndTakesItBack) {
    using Variables = std::vector<std::pair<std::string, std::string>>;
    unsetenv("RICCI_TEST_A");
    setenv("RICCI_TEST_B", "theirs", 1);
    {
        const WithVariables meanwhile(Variables{{"RICCI_TEST_A", "ours"}, {"RICCI_TEST_B", "ours"}});
        EXPECT_STREQ(std::getenv("RICCI_TEST_A"), "ours");
        EXPECT_STREQ(std::getenv("RICCI_TEST_B"), "theirs");
    }
    EXPECT_EQ(std::getenv("RICCI_TEST_A"), nullptr);
    {
        const WithVariables meanwhile(Variables{{"RICCI_TEST_A", "ours"}});
        setenv("RICCI_TEST_C", "set meanwhile", 1);
    }
    EXPECT_EQ(std::getenv("RICCI_TEST_A"), nullptr);
    EXPECT_STREQ(std::getenv("RICCI_TEST_C"), "set meanwhile");
    EXPECT_STREQ(std::getenv("RICCI_TEST_B"), "theirs");
    unsetenv("RICCI_TEST_B");
    unsetenv("RICCI_TEST_C");
}

}  // namespace
}  // namespace ricci::runtime
