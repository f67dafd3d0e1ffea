// Promises of runtime/call/gemm.h and runtime/call/abi.h.
#include "runtime/call/gemm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <thread>
#include <vector>

#include "runtime/call/abi.h"
#include "tests/runtime/refusal.h"

namespace ricci::runtime {
namespace {

class Gemm : public testing::TestWithParam<GemmEngine> {
  protected:
    void SetUp() override { set_gemm_engine(GetParam()); }
    void TearDown() override { set_gemm_engine(GemmEngine::blas); }
};

template <typename T>
std::vector<T> numbers(std::size_t count, int salt) {
    std::vector<T> values(count);
    for (std::size_t i = 0; i < count; ++i)
        values[i] = static_cast<T>((static_cast<int>(i) * 37 + salt * 11) % 23 - 11) / T{8};
    return values;
}

template <typename T>
void check_against_definition(const GemmShape& s, T alpha, T beta) {
    const auto a = numbers<T>(static_cast<std::size_t>((s.trans_a ? s.k : s.m) * s.lda), 1);
    const auto b = numbers<T>(static_cast<std::size_t>((s.trans_b ? s.n : s.k) * s.ldb), 2);
    const auto before = numbers<T>(static_cast<std::size_t>(s.m * s.ldc), 3);
    auto c = before;
    gemm(s, alpha, a.data(), b.data(), beta, c.data());
    for (std::int64_t i = 0; i < s.m; ++i) {
        for (std::int64_t j = 0; j < s.ldc; ++j) {
            const auto at = static_cast<std::size_t>(i * s.ldc + j);
            double expected = static_cast<double>(before[at]);
            if (j < s.n) {
                double sum = 0;
                for (std::int64_t p = 0; p < s.k; ++p)
                    sum += static_cast<double>(a[static_cast<std::size_t>(s.trans_a ? p * s.lda + i : i * s.lda + p)]) *
                           static_cast<double>(b[static_cast<std::size_t>(s.trans_b ? j * s.ldb + p : p * s.ldb + j)]);
                expected = static_cast<double>(alpha) * sum + static_cast<double>(beta) * expected;
            }
            EXPECT_NEAR(static_cast<double>(c[at]), expected, sizeof(T) == 4 ? 1e-4 : 1e-12) << i << ", " << j;
        }
    }
}

TEST_P(Gemm, EqualsTheDefinitionForEveryTranspositionAndSize) {
    for (const bool trans_a : {false, true}) {
        for (const bool trans_b : {false, true}) {
            for (const std::int64_t m : {1, 3, 17}) {
                for (const std::int64_t n : {1, 5, 33}) {
                    for (const std::int64_t k : {1, 4, 29}) {
                        const GemmShape s{trans_a, trans_b, m, n, k, (trans_a ? m : k) + 2, (trans_b ? k : n) + 1,
                                          n + 3};
                        check_against_definition<float>(s, 1.5F, 0.5F);
                        check_against_definition<double>(s, 1.0, 0.0);
                    }
                }
            }
        }
    }
}

TEST_P(Gemm, BetaZeroNeverReadsC) {
    const std::vector<float> a = {1, 2};
    const std::vector<float> b = {3, 4};
    float c = std::numeric_limits<float>::quiet_NaN();
    gemm({.m = 1, .n = 1, .k = 2, .lda = 2, .ldb = 1, .ldc = 1}, 1.0F, a.data(), b.data(), 0.0F, &c);
    EXPECT_EQ(c, 11.0F);
}

TEST_P(Gemm, NothingToSumOnlyScales) {
    std::vector<double> c = {1, 2, std::nan(""), 4};
    gemm({.m = 2, .n = 2, .k = 0, .lda = 0, .ldb = 2, .ldc = 2}, 1.0, nullptr, nullptr, 0.0, c.data());
    EXPECT_EQ(c, (std::vector<double>{0, 0, 0, 0}));
    c = {1, 2, 3, 4};
    gemm({.m = 2, .n = 1, .k = 0, .lda = 0, .ldb = 1, .ldc = 2}, 1.0, nullptr, nullptr, 2.0, c.data());
    EXPECT_EQ(c, (std::vector<double>{2, 2, 6, 4}));
}

TEST_P(Gemm, EmptyResultsTouchNothing) {
    gemm({.m = 0, .n = 4, .k = 4, .lda = 4, .ldb = 4, .ldc = 4}, 1.0F, nullptr, nullptr, 0.0F, nullptr);
    gemm({.m = 4, .n = 0, .k = 4, .lda = 4, .ldb = 0, .ldc = 0}, 1.0F, nullptr, nullptr, 0.0F, nullptr);
}

TEST_P(Gemm, SizesBeyondIntAreRefusedWithTheirValue) {
    EXPECT_EQ(refusal([] {
                  gemm({.m = 1LL << 31, .n = 1, .k = 1, .lda = 1, .ldb = 1, .ldc = 1}, 1.0F, nullptr, nullptr, 0.0F,
                       nullptr);
              }),
              "gemm of 2147483648 x 1 x 1: m is 2147483648, which BLAS cannot take (0 to 2147483647); make the batch "
              "smaller");
    EXPECT_TRUE(contains(refusal([] {
                             gemm({.m = 1, .n = 1, .k = 1, .lda = 1LL << 40, .ldb = 1, .ldc = 1}, 1.0, nullptr, nullptr,
                                  0.0, nullptr);
                         }),
                         "lda is 1099511627776"));
    EXPECT_TRUE(contains(refusal([] {
                             gemm({.m = 1, .n = -5, .k = 1, .lda = 1, .ldb = 1, .ldc = 1}, 1.0, nullptr, nullptr, 0.0,
                                  nullptr);
                         }),
                         "n is -5"));
}

TEST_P(Gemm, RowsShorterThanTheirElementsAreRefused) {
    EXPECT_EQ(refusal([] {
                  gemm({.trans_b = true, .m = 2, .n = 3, .k = 4, .lda = 4, .ldb = 3, .ldc = 3}, 1.0F, nullptr, nullptr,
                       0.0F, nullptr);
              }),
              "gemm of 2 x 3 x 4: ldb is 3 but a row has 4 elements");
}

INSTANTIATE_TEST_SUITE_P(Engines, Gemm, testing::Values(GemmEngine::blas, GemmEngine::naive),
                         [](const auto& engine) { return engine.param == GemmEngine::blas ? "blas" : "naive"; });

TEST(Abi, EverySymbolIsInTheTable) {
    ASSERT_EQ(abi_symbols().size(), 6U);
    EXPECT_STREQ(abi_symbols()[0].name, "ricci_gemm_f32");
    EXPECT_EQ(abi_symbols()[0].address, reinterpret_cast<void*>(&ricci_gemm_f32));
    EXPECT_STREQ(abi_symbols()[1].name, "ricci_gemm_f64");
    EXPECT_EQ(abi_symbols()[1].address, reinterpret_cast<void*>(&ricci_gemm_f64));
    EXPECT_STREQ(abi_symbols()[2].name, "ricci_gemm_sum_f32");
    EXPECT_EQ(abi_symbols()[2].address, reinterpret_cast<void*>(&ricci_gemm_sum_f32));
    EXPECT_STREQ(abi_symbols()[3].name, "ricci_scratch");
    EXPECT_EQ(abi_symbols()[3].address, reinterpret_cast<void*>(&ricci_scratch));
    EXPECT_STREQ(abi_symbols()[4].name, "ricci_convolution_f32");
    EXPECT_EQ(abi_symbols()[4].address, reinterpret_cast<void*>(&ricci_convolution_f32));
    EXPECT_STREQ(abi_symbols()[5].name, "ricci_gemm_bf16");
    EXPECT_EQ(abi_symbols()[5].address, reinterpret_cast<void*>(&ricci_gemm_bf16));
}

TEST(Abi, GemmMultiplies) {
    const std::vector<double> a = {1, 2, 3, 4};
    const std::vector<double> b = {5, 6, 7, 8};
    std::vector<double> c(4);
    ricci_gemm_f64(0, 1, 2, 2, 2, 1.0, a.data(), 2, b.data(), 2, 0.0, c.data(), 2);
    EXPECT_EQ(c, (std::vector<double>{17, 23, 39, 53}));
    EXPECT_EQ(take_abi_error(), "");
}

TEST(Abi, ErrorsAreKeptForTheThreadAndTheFirstOneCounts) {
    ricci_gemm_f32(0, 0, 1LL << 32, 1, 1, 1.0F, nullptr, 1, nullptr, 1, 0.0F, nullptr, 1);
    ricci_gemm_f32(0, 0, 1, 1LL << 33, 1, 1.0F, nullptr, 1, nullptr, 1, 0.0F, nullptr, 1);
    std::string elsewhere = "unset";
    std::thread([&] { elsewhere = take_abi_error(); }).join();
    EXPECT_EQ(elsewhere, "");
    EXPECT_TRUE(contains(take_abi_error(), "m is 4294967296"));
    EXPECT_EQ(take_abi_error(), "");
}

}  // namespace
}  // namespace ricci::runtime
