// Promises of runtime/blas.h: the right core, one thread, and clear refusals.
#include "runtime/blas.h"

#include <gtest/gtest.h>
#include <strings.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "runtime/cpu.h"
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
    const char* users = std::getenv("OPENBLAS_CORETYPE");
    const std::string asked = users != nullptr ? users : blas_core_for_this_cpu();
    if (!asked.empty()) {
        EXPECT_EQ(strcasecmp(asked.c_str(), loaded.core.c_str()), 0) << asked << " against " << loaded.core;
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

}  // namespace
}  // namespace ricci::runtime
