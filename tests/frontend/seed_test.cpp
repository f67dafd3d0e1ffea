/// \file tests/frontend/seed_test.cpp
/// Where the seeds of random tests come from.
#include "tests/seed.h"

#include <gtest/gtest.h>

#include "ir/base/error.h"

namespace ricci::test {
namespace {

template <typename F>
std::string refusal(const F& f) {
    try {
        f();
    } catch (const UserError& error) {
        return error.what();
    }
    return "accepted";
}

constexpr std::int64_t kDay = 86400;  // seconds

TEST(Seed, IsTheDateUnlessOneIsGiven) {
    EXPECT_EQ(first_seed("RICCI_TEST_SEED", nullptr, 0), 19700101'000000U);
    EXPECT_EQ(first_seed("RICCI_TEST_SEED", "", 20786 * kDay + kDay - 1), 20261129'000000U);
    EXPECT_EQ(first_seed("RICCI_TEST_SEED", nullptr, 20787 * kDay), 20261130'000000U);
    EXPECT_EQ(first_seed("RICCI_TEST_SEED", "18446744073709551615", 0), 18446744073709551615U);
    EXPECT_EQ(refusal([] { first_seed("RICCI_TEST_SEED", "7x", 0); }),
              "RICCI_TEST_SEED: \"7x\" is no whole number from 0 to 2^64 - 1");
    EXPECT_EQ(refusal([] { first_seed("RICCI_SEED", "-1", 0); }),
              "RICCI_SEED: \"-1\" is no whole number from 0 to 2^64 - 1");
}

TEST(Seed, KeptCasesAreLinesWithAReason) {
    const std::vector<KeptSeed> kept = read_kept_seeds("# a comment\n\ntest_ir A.B 7 it lost a sign\n");
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0].program, "test_ir");
    EXPECT_EQ(kept[0].test, "A.B");
    EXPECT_EQ(kept[0].seed, 7U);
    EXPECT_EQ(kept[0].why, "it lost a sign");
    EXPECT_EQ(refusal([] { read_kept_seeds("# a comment\ntest_ir A.B 7"); }),
              "kept seeds: line 2 is not PROGRAM TEST SEED WHY: \"test_ir A.B 7\"");
    EXPECT_EQ(refusal([] { read_kept_seeds("test_ir A.B seven why"); }),
              "kept seeds: line 1 is not PROGRAM TEST SEED WHY: \"test_ir A.B seven why\"");
}

TEST(Seed, OfArraysIsTheFirstOfTheRun) {
    EXPECT_EQ(seed(), seeds(1).back());
}

/// The kept case of this test in tests/kept_seeds.txt comes first, then the run's.
TEST(Seed, KeptSeedsRunBeforeThoseOfTheRun) {
    const std::vector<std::uint64_t> all = seeds(3);
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[0], 42U);
    EXPECT_EQ(all[2], all[1] + 1);
    EXPECT_EQ(all[3], all[1] + 2);
}

}  // namespace
}  // namespace ricci::test
