// Promises of runtime/base/random.h.
#include "runtime/base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ir/base/philox.h"
#include "tests/runtime/refusal.h"

namespace ricci::runtime {
namespace {

// The expected values come from a second implementation of xoshiro256++ and splitmix64, in Python.
TEST(Rng, TheBitsNeverChange) {
    Rng rng(1, "conv1.weight");
    EXPECT_EQ(rng.next(), 4488389688243697693U);
    EXPECT_EQ(rng.uniform(), 0x1.17186c0ee06p-3);
    EXPECT_EQ(rng.normal(), 0.9009550836941697);
    EXPECT_EQ(rng.below(1000), 312);
}

TEST(Rng, StreamsDifferByNameByNumberAndBySeed) {
    EXPECT_NE(Rng(1, "a").next(), Rng(1, "b").next());
    EXPECT_NE(Rng(1, "a").next(), Rng(2, "a").next());
    EXPECT_NE(Rng(1, std::uint64_t{0}).next(), Rng(1, std::uint64_t{1}).next());
    EXPECT_NE(Rng(0, std::uint64_t{1}).next(), Rng(1, std::uint64_t{0}).next());
    EXPECT_EQ(Rng(3, "a").next(), Rng(3, "a").next());
}

// The uniform values come from a second implementation of Philox 4x32-10 and FNV-1a, in Python. The normal ones lie within
// 2 units of the last place of what 80-bit arithmetic gives.
TEST(Draws, TheBitsNeverChange) {
    const Draws draws(1, "conv1.weight");
    EXPECT_EQ(draws.key(), 1);
    EXPECT_EQ(draws.stream(), std::int64_t{7611815837976482388});
    EXPECT_EQ(draws.uniform(0), 0x1.78debbeaf6b48p-1);
    EXPECT_EQ(draws.uniform(123456789012, -3, 5), -0x1.62df42cb3eee0p-1);
    EXPECT_EQ(draws.normal(0), -0.21378108433013063);
    EXPECT_EQ(draws.normal(7), -0.26460956649065026);
}

TEST(Draws, NormalIsTheFormulaOfBoxAndMuller) {
    const Draws draws(3, "w");
    double worst = 0;
    for (std::int64_t place = 0; place < 100000; ++place) {
        const auto bits = [&](std::int64_t stream) {
            return static_cast<double>(ir::random_bits(draws.key(), place, stream)) * 0x1p-52;
        };
        const double length = std::sqrt(-2 * std::log(bits(draws.stream()) + 0x1p-52));
        const double expected = length * std::cos(2 * std::numbers::pi * bits(~draws.stream()));
        worst = std::max(worst, std::abs(draws.normal(place) - expected));
    }
    EXPECT_LT(worst, 1e-14);
}

TEST(Draws, ABadIntervalIsRefused) {
    EXPECT_EQ(refusal([] { Draws(1, "w").uniform(0, 2, 1); }),
              "uniform numbers from 2 to 1: the bounds must be finite and in order");
}

TEST(Rng, UniformHasItsMeanDeviationAndBounds) {
    Rng rng(5);
    double sum = 0;
    double squares = 0;
    constexpr int kCount = 100000;
    for (int i = 0; i < kCount; ++i) {
        const double value = rng.uniform(-3, 5);
        ASSERT_GE(value, -3);
        ASSERT_LT(value, 5);
        sum += value;
        squares += value * value;
    }
    EXPECT_NEAR(sum / kCount, 1.0, 0.03);
    EXPECT_NEAR(squares / kCount - 1.0, 64.0 / 12, 0.06);
}

TEST(Rng, NormalHasTheSharesOfTheBellCurve) {
    Rng rng(6);
    constexpr int kCount = 200000;
    int within1 = 0;
    int within2 = 0;
    double sum = 0;
    for (int i = 0; i < kCount; ++i) {
        const double value = rng.normal();
        sum += value;
        within1 += std::abs(value) < 1 ? 1 : 0;
        within2 += std::abs(value) < 2 ? 1 : 0;
    }
    EXPECT_NEAR(sum / kCount, 0.0, 0.01);
    EXPECT_NEAR(static_cast<double>(within1) / kCount, std::erf(1 / std::sqrt(2.0)), 0.005);
    EXPECT_NEAR(static_cast<double>(within2) / kCount, std::erf(2 / std::sqrt(2.0)), 0.003);
}

TEST(Rng, BelowReachesEveryValueEquallyOften) {
    Rng rng(7);
    std::vector<int> seen(6);
    for (int i = 0; i < 60000; ++i) ++seen[static_cast<std::size_t>(rng.below(6))];
    for (const int count : seen) EXPECT_NEAR(count, 10000, 400);
    EXPECT_EQ(rng.below(1), 0);
    EXPECT_LT(rng.below(INT64_MAX), INT64_MAX);
}

TEST(Rng, PermutationHoldsEveryIndexOnceAndMovesThem) {
    std::vector<std::int64_t> order = Rng(8).permutation(1000);
    EXPECT_FALSE(std::ranges::is_sorted(order));
    std::ranges::sort(order);
    for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], static_cast<std::int64_t>(i));
    EXPECT_TRUE(Rng(8).permutation(0).empty());
}

TEST(Rng, ImpossibleRequestsAreRefused) {
    Rng rng(9);
    EXPECT_EQ(refusal([&] { rng.below(0); }), "a random choice among 0 values is not possible");
    EXPECT_EQ(refusal([&] { rng.uniform(2, 1); }),
              "uniform numbers from 2 to 1: the bounds must be finite and in order");
    EXPECT_TRUE(contains(refusal([&] { rng.uniform(0, INFINITY); }), "from 0 to inf"));
}

}  // namespace
}  // namespace ricci::runtime
