/// \file tests/seed.h
/// The seeds of random tests. They change with the date, are printed, and can be given; what failed once stays a case.
///
/// The first seed of a run is RICCI_TEST_SEED (or RICCI_SEED), else a million times the date in UTC, as 20261129000000.
/// A test that asks for seeds prints the first one; when it fails, the command that repeats it is printed too.
/// tests/kept_seeds.txt has the cases that always run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ricci::test {

/// So that two days share none.
inline constexpr std::uint64_t kSeedsOfADay = 1'000'000;

/// The seeds of the test at hand: those kept for it, then `count` from the run's first on. A case follows from its seed
/// alone, so that RICCI_TEST_SEED set to a seed runs that case first.
std::vector<std::uint64_t> seeds(int count = 1);
/// The first seed of the run alone, for numbers that a test fills its arrays with. The kept cases of a test run where it
/// takes seeds(): a test that failed with such numbers takes them from there on.
std::uint64_t seed();

/// A line of tests/kept_seeds.txt.
struct KeptSeed {
    std::string program;  // "test_frontend"
    std::string test;     // "RandomShapes.KeepRulesTextsValuesAndGradients"
    std::uint64_t seed;
    std::string why;
};
/// \throws UserError with the number of a line that is none.
std::vector<KeptSeed> read_kept_seeds(const std::string& text);
/// The first seed of a run, from what a variable of the environment holds (null: nothing) and the seconds since 1970.
/// \throws UserError with the variable's name when its text is no whole number.
std::uint64_t first_seed(const char* variable, const char* given, std::int64_t seconds);

/// Reads the environment and the kept cases. \returns "", or what is wrong with them. For main() alone, before any test.
std::string prepare_seeds(const std::string& program);

}  // namespace ricci::test
