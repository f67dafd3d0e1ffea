// One seed a run, the kept ones from their file, and a listener that prints how to repeat a test that failed.
#include "tests/seed.h"

#include <gtest/gtest.h>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "ir/base/error.h"

namespace ricci::test {
namespace {

struct ThisRun {
    std::string program;  // as it was started
    std::uint64_t first = 0;
    std::vector<KeptSeed> kept;
    bool asked = false;  // by the test at hand
};

ThisRun& this_run() {
    static ThisRun run;
    return run;
}

std::string name_of(const ::testing::TestInfo& test) {
    return std::string(test.test_suite_name()) + "." + test.name();
}

std::vector<std::uint64_t> kept_for(const std::string& test) {
    std::vector<std::uint64_t> seeds;
    for (const KeptSeed& kept : this_run().kept) {
        if (kept.test == test) seeds.push_back(kept.seed);
    }
    return seeds;
}

class HowToRepeat : public ::testing::EmptyTestEventListener {
    void OnTestStart(const ::testing::TestInfo&) override { this_run().asked = false; }
    void OnTestEnd(const ::testing::TestInfo& test) override {
        const ThisRun& run = this_run();
        if (!run.asked || !test.result()->Failed()) return;
        std::cout << "repeat it with: RICCI_TEST_SEED=" << run.first << " " << run.program
                  << " --gtest_filter=" << name_of(test) << std::endl;
    }
};

/// Names of this program's tests that the file has and the program has not.
std::string unknown_test() {
    const ThisRun& run = this_run();
    const ::testing::UnitTest& all = *::testing::UnitTest::GetInstance();
    for (const KeptSeed& kept : run.kept) {
        bool found = kept.program != std::filesystem::path(run.program).filename();
        for (int i = 0; i < all.total_test_suite_count(); ++i) {
            const ::testing::TestSuite& suite = *all.GetTestSuite(i);
            for (int j = 0; j < suite.total_test_count(); ++j) found |= name_of(*suite.GetTestInfo(j)) == kept.test;
        }
        if (!found) return kept.test;
    }
    return "";
}

}  // namespace

std::uint64_t seed() {
    ThisRun& run = this_run();
    if (!run.asked) std::cout << "first seed " << run.first << " (RICCI_TEST_SEED gives another)" << std::endl;
    run.asked = true;
    return run.first;
}

std::vector<std::uint64_t> seeds(int count) {
    const std::uint64_t first = seed();
    std::vector<std::uint64_t> all = kept_for(name_of(*::testing::UnitTest::GetInstance()->current_test_info()));
    for (int i = 0; i < count; ++i) all.push_back(first + static_cast<std::uint64_t>(i));
    return all;
}

std::vector<KeptSeed> read_kept_seeds(const std::string& text) {
    std::vector<KeptSeed> all;
    std::istringstream lines(text);
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        if (line.empty() || line.starts_with('#')) continue;
        std::istringstream words(line);
        KeptSeed kept;
        if (!(words >> kept.program >> kept.test >> kept.seed >> std::ws) || !std::getline(words, kept.why)) {
            user_error("kept seeds: line {} is not PROGRAM TEST SEED WHY: \"{}\"", number, line);
        }
        all.push_back(std::move(kept));
    }
    return all;
}

std::uint64_t first_seed(const char* variable, const char* given, std::int64_t seconds) {
    if (given != nullptr && *given != '\0') {
        const std::string text = given;
        std::uint64_t seed = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
        if (error != std::errc() || end != text.data() + text.size()) {
            user_error("{}: \"{}\" is no whole number from 0 to 2^64 - 1", variable, text);
        }
        return seed;
    }
    using namespace std::chrono;
    const year_month_day date(floor<days>(sys_seconds(std::chrono::seconds(seconds))));
    const int day = static_cast<int>(date.year()) * 10000 + static_cast<int>(static_cast<unsigned>(date.month())) * 100 +
                    static_cast<int>(static_cast<unsigned>(date.day()));
    return static_cast<std::uint64_t>(day) * kSeedsOfADay;
}

std::string prepare_seeds(const std::string& program) {
    ThisRun& run = this_run();
    run.program = program;
    try {
        const char* variable = std::getenv("RICCI_TEST_SEED") != nullptr ? "RICCI_TEST_SEED" : "RICCI_SEED";
        run.first = first_seed(variable, std::getenv(variable), std::chrono::duration_cast<std::chrono::seconds>(
                                          std::chrono::system_clock::now().time_since_epoch())
                                          .count());
        std::ifstream file(RICCI_SOURCE_DIR "/tests/kept_seeds.txt");
        std::stringstream text;
        text << file.rdbuf();
        run.kept = read_kept_seeds(text.str());
    } catch (const UserError& error) {
        return error.what();
    }
    if (const std::string test = unknown_test(); !test.empty()) {
        return "tests/kept_seeds.txt: " + program + " has no test " + test;
    }
    ::testing::UnitTest::GetInstance()->listeners().Append(new HowToRepeat);
    return "";
}

}  // namespace ricci::test
