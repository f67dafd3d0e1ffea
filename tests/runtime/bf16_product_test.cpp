// Every path of runtime/call/bf16/product.h that this processor can run, against sums in f64 of the rounded operands.
#include "runtime/call/bf16/product.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "ir/base/dtype.h"
#include "runtime/base/random.h"
#include "tests/seed.h"

namespace ricci::runtime {
namespace {

using Floats = std::vector<float>;

constexpr double kBound = 2e-6;  // largest error over the terms: that of the routine in ir/core/routines.cpp

/// Restores the path that was chosen.
class Bf16Product : public testing::TestWithParam<Bf16Path> {
  protected:
    void SetUp() override {
        if (const std::string why = why_not(GetParam()); !why.empty()) GTEST_SKIP() << why;
        set_bf16_path(GetParam());
    }
    void TearDown() override { set_bf16_path(Bf16Path::best); }
};

/// A matrix as it is stored, and the numbers that its elements count as.
struct Stored {
    Floats numbers;
    std::vector<Bf16> rounded;
    bool is_bf16;

    Stored(std::int64_t count, bool as_bf16, Rng& rng) : numbers(static_cast<std::size_t>(count)), is_bf16(as_bf16) {
        for (float& number : numbers) number = static_cast<float>(2 * rng.uniform() - 1);
        for (float number : numbers) rounded.emplace_back(number);
    }
    const void* data() const { return is_bf16 ? static_cast<const void*>(rounded.data()) : numbers.data(); }
    double at(std::int64_t i) const { return static_cast<double>(static_cast<float>(rounded[static_cast<std::size_t>(i)])); }
};

struct Problem {
    GemmShape shape;
    std::vector<GemmLoop> loops;
    Stored a, b;

    Problem(const GemmShape& s, std::vector<GemmLoop> around, bool a_stored, bool b_stored, Rng& rng)
        : shape(s), loops(std::move(around)), a(size(s.trans_a ? s.k : s.m, s.lda, true), a_stored, rng),
          b(size(s.trans_b ? s.n : s.k, s.ldb, false), b_stored, rng) {}

    Floats run(float alpha, float beta, const Floats& before) const {
        Floats c = before;
        bf16_gemm_sum(shape, loops, alpha, {a.data(), b.data(), a.is_bf16, b.is_bf16}, beta, c.data());
        return c;
    }

    /// The largest error of an element over its own terms, or over the largest result where that is less. What is no
    /// result must be left alone.
    double error(const Floats& got, float alpha, float beta, const Floats& before) const {
        double largest = 0, worst = 0;
        std::vector<std::array<double, 2>> found;  // error and terms
        for (std::int64_t i = 0; i < shape.m; ++i) {
            for (std::int64_t j = 0; j < shape.ldc; ++j) {
                const auto place = static_cast<std::size_t>(i * shape.ldc + j);
                if (j >= shape.n) {
                    EXPECT_EQ(got[place], before[place]);
                    continue;
                }
                const auto [all, terms] = sum(i, j);
                const double kept = beta == 0 ? 0 : static_cast<double>(beta) * static_cast<double>(before[place]);
                const double want = static_cast<double>(alpha) * all + kept;
                largest = std::max(largest, std::fabs(want));
                found.push_back({std::isnan(got[place]) ? INFINITY : std::fabs(want - static_cast<double>(got[place])),
                                 std::fabs(static_cast<double>(alpha)) * terms + std::fabs(kept)});
            }
        }
        for (const auto& [apart, terms] : found) {
            if (apart > 0) worst = std::max(worst, apart / std::min(terms, largest));
        }
        return worst;
    }

  private:
    std::int64_t size(std::int64_t rows, std::int64_t step, bool of_a) const {
        std::int64_t moved = 0;
        for (const GemmLoop& loop : loops) moved += (loop.extent - 1) * (of_a ? loop.a : loop.b);
        return rows * step + moved;
    }
    /// The sum, and that of the absolute terms.
    std::array<double, 2> sum(std::int64_t i, std::int64_t j) const {
        double all = 0, terms = 0;
        const std::int64_t points = loops.empty() ? 1 : loops[0].extent;
        for (std::int64_t p = 0; p < points; ++p) {
            const std::int64_t in_a = loops.empty() ? 0 : p * loops[0].a, in_b = loops.empty() ? 0 : p * loops[0].b;
            for (std::int64_t k = 0; k < shape.k; ++k) {
                const double product = a.at(in_a + (shape.trans_a ? k * shape.lda + i : i * shape.lda + k)) *
                                       b.at(in_b + (shape.trans_b ? j * shape.ldb + k : k * shape.ldb + j));
                all += product;
                terms += std::fabs(product);
            }
        }
        return {all, terms};
    }
};

GemmShape shape_of(bool trans_a, bool trans_b, std::int64_t m, std::int64_t n, std::int64_t k) {
    return {trans_a, trans_b, m, n, k, (trans_a ? m : k) + 3, (trans_b ? k : n) + 1, n + 2};
}

TEST_P(Bf16Product, StaysInItsBoundForEveryTranspositionSizeAndStorage) {
    Rng rng(test::seed());
    double worst = 0;
    for (int ways = 0; ways < 16; ++ways) {
        for (const auto& [m, n, k] : {std::array<std::int64_t, 3>{1, 1, 1}, {7, 5, 3}, {8, 48, 32}, {9, 49, 33}, {33, 17, 70},
                                      {65, 130, 31}, {16, 96, 257}, {3, 200, 1}}) {
            const Problem problem(shape_of((ways & 1) != 0, (ways & 2) != 0, m, n, k), {}, (ways & 4) != 0, (ways & 8) != 0, rng);
            for (const float alpha : {1.0F, -1.0F}) {
                for (const float beta : {0.0F, 1.0F, 0.5F}) {
                    const Floats before(static_cast<std::size_t>(m * (n + 2)), beta == 0 ? std::nanf("") : 0.25F);
                    Floats c = before;
                    if (beta == 0) std::fill(c.begin(), c.end(), 7.0F);  // is written, not read
                    const double error = problem.error(problem.run(alpha, beta, c), alpha, beta, c);
                    EXPECT_LE(error, kBound) << fmt::format("{} x {} x {}, way {}, {} * AB + {} * C", m, n, k, ways, alpha, beta);
                    worst = std::max(worst, error);
                }
            }
        }
    }
    fmt::print("largest error {:.1e} of the terms\n", worst);
}

TEST_P(Bf16Product, AddsUpBlocksOfLongSumsAndLoopsAroundThem) {
    Rng rng(test::seed());
    const Problem deep(shape_of(false, false, 9, 20, 3000), {}, false, true, rng);
    const Floats zeros(9 * 22, 0.0F);
    EXPECT_LE(deep.error(deep.run(1, 0, zeros), 1, 0, zeros), kBound);
    const Problem wide(shape_of(false, true, 300, 2000, 3), {}, false, false, rng);  // more than one block of rows and columns
    const Floats before(300 * 2002, 1.0F);
    EXPECT_LE(wide.error(wide.run(1, 1, before), 1, 1, before), kBound);
    // More points than are added up in a row.
    const Problem loops(shape_of(true, false, 5, 6, 2), {{.extent = 700, .a = 24, .b = 16}}, true, false, rng);
    const Floats more(5 * 8, 0.5F);
    EXPECT_LE(loops.error(loops.run(-1, 1, more), -1, 1, more), kBound);
}

TEST_P(Bf16Product, HasTheSameBitsHoweverItsRowsAreCut) {
    Rng rng(test::seed());
    const Problem problem(shape_of(false, false, 600, 70, 1500), {}, false, false, rng);
    const GemmShape& s = problem.shape;
    const Floats whole = problem.run(1, 0, Floats(static_cast<std::size_t>(s.m * s.ldc), 0.0F));
    for (const std::int64_t step : {1, 7, 256}) {
        // SGEMM may add another number of rows in another order; 256 rows are what it is given at a time.
        if (GetParam() == Bf16Path::widened && step != 256) continue;
        Floats c(static_cast<std::size_t>(s.m * s.ldc), 0.0F);
        for (std::int64_t row = 0; row < s.m; row += step) {
            GemmShape part = s;
            part.m = std::min(step, s.m - row);
            bf16_gemm_sum(part, {}, 1, {problem.a.numbers.data() + row * s.lda, problem.b.numbers.data()}, 0, c.data() + row * s.ldc);
        }
        EXPECT_EQ(std::memcmp(c.data(), whole.data(), c.size() * sizeof(float)), 0) << step;
    }
}

TEST_P(Bf16Product, RepeatsProductsAsIfEachWereCalled) {
    Rng rng(test::seed());
    constexpr std::int64_t kTimes = 5, kRows = 300, kColumns = 20, kDepth = 70;
    const GemmShape s{false, false, kRows, kColumns, kDepth, kDepth, kColumns, kColumns};
    const Stored a(kTimes * kRows * kDepth, false, rng), b(kTimes * kDepth * kColumns, false, rng);
    for (const std::int64_t a_step : {std::int64_t{0}, kRows * kDepth}) {
        for (const std::int64_t b_step : {std::int64_t{0}, kDepth * kColumns}) {
            Floats together(kTimes * kRows * kColumns, 0.5F), apart = together;
            const GemmRepeat repeat{.extent = kTimes, .a = a_step, .b = b_step, .c = kRows * kColumns};
            bf16_gemm_sum(s, {}, -1, {a.data(), b.data()}, 1, together.data(), repeat);
            for (std::int64_t i = 0; i < kTimes; ++i) {
                bf16_gemm_sum(s, {}, -1, {a.numbers.data() + i * a_step, b.numbers.data() + i * b_step}, 1,
                              apart.data() + i * repeat.c);
            }
            EXPECT_EQ(together, apart) << a_step << ", " << b_step;
        }
    }
}

TEST_P(Bf16Product, KeepsInfinityAndNanToTheResultsThatMeetThem) {
    constexpr std::int64_t kSize = 20;
    const GemmShape s{false, false, kSize, kSize, kSize, kSize, kSize, kSize};
    Floats a(kSize * kSize, 1.0F), b(kSize * kSize, 1.0F), c(kSize * kSize);
    a[3 * kSize + 19] = std::numeric_limits<float>::infinity();
    b[19 * kSize + 5] = std::nanf("");
    bf16_gemm_sum(s, {}, 1, {a.data(), b.data()}, 0, c.data());
    for (std::int64_t i = 0; i < kSize; ++i) {
        for (std::int64_t j = 0; j < kSize; ++j) {
            const float got = c[static_cast<std::size_t>(i * kSize + j)];
            if (j == 5) {
                EXPECT_TRUE(std::isnan(got));
            } else {
                EXPECT_EQ(got, i == 3 ? std::numeric_limits<float>::infinity() : 20.0F);
            }
        }
    }
}

TEST_P(Bf16Product, SettlesEmptySums) {
    const GemmShape none{false, false, 2, 2, 0, 0, 2, 2};
    Floats c = {1, 2, 3, 4};
    bf16_gemm_sum(none, {}, 1, {c.data(), c.data()}, 0.5F, c.data());
    EXPECT_EQ(c, (Floats{0.5F, 1, 1.5F, 2}));
}

INSTANTIATE_TEST_SUITE_P(Paths, Bf16Product, testing::Values(Bf16Path::widened, Bf16Path::avx512, Bf16Path::amx),
                         [](const auto& given) { return name_of(given.param); });

TEST(RoundToBf16, IsTheNearestNumberOfWhichTheLowerBitsAreZero) {
    const auto bits = [](float x) { return std::bit_cast<std::uint32_t>(x); };
    const auto from = [](std::uint32_t x) { return std::bit_cast<float>(x); };
    for (std::uint32_t high = 0; high < 0x7f80; ++high) {
        const std::uint32_t low_number = high << 16, next = (high + 1) << 16;
        EXPECT_EQ(bits(round_to_bf16(from(low_number | 1))), low_number);
        EXPECT_EQ(bits(round_to_bf16(from(low_number | 0x7fff))), low_number);
        EXPECT_EQ(bits(round_to_bf16(from(low_number | 0x8000))), (high & 1) == 0 ? low_number : next);
        EXPECT_EQ(bits(round_to_bf16(from(low_number | 0x8001))), next);
        EXPECT_EQ(bits(round_to_bf16(from(low_number | 0x80008001))), next | 0x80000000);
        for (const std::uint32_t low : {1U, 0x7fffU, 0x8000U, 0x8001U, 0xffffU}) {
            const float x = from(low_number | low);
            EXPECT_EQ(static_cast<double>(round_to_bf16(x)), round_to_bf16(static_cast<double>(x)));
        }
    }
    EXPECT_TRUE(std::isnan(round_to_bf16(from(0x7f800001))));
    EXPECT_EQ(round_to_bf16(std::numeric_limits<float>::infinity()), std::numeric_limits<float>::infinity());
    EXPECT_EQ(round_to_bf16(0x1.02ffffffffp0), 0x1.02p0);  // a double rounds once: by way of a float it would be 0x1.04p0
}

}  // namespace
}  // namespace ricci::runtime
