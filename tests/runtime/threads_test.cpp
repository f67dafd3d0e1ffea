// Promises of runtime/parallel/threads.h.
#include "runtime/parallel/threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/runtime/refusal.h"

namespace ricci::runtime {
namespace {

TEST(ThreadTeam, EveryTaskIsDoneOnceByTheThreadThatTheRuleNames) {
    for (const int threads : {1, 2, 3, 7}) {
        ThreadTeam team(threads);
        EXPECT_EQ(team.size(), threads);
        for (const std::int64_t tasks : {0, 1, 2, 5, 7, 100}) {
            std::vector<int> done(static_cast<std::size_t>(tasks));
            std::vector<int> by(static_cast<std::size_t>(tasks), -1);
            team.run(tasks, [&](std::int64_t task, WorkerId id) {
                const auto worker = static_cast<int>(id);
                ++done[static_cast<std::size_t>(task)];
                by[static_cast<std::size_t>(task)] = worker;
            });
            EXPECT_EQ(std::accumulate(done.begin(), done.end(), 0), tasks);
            for (std::int64_t task = 0; tasks > 1 && task < tasks; ++task) {
                const std::int64_t worker = by[static_cast<std::size_t>(task)];
                EXPECT_GE(task * threads, tasks * worker);
                EXPECT_LT(task * threads, tasks * (worker + 1));
            }
            EXPECT_TRUE(tasks == 0 || by[0] == 0) << "the caller has none of " << tasks << " tasks";
        }
    }
}

TEST(ThreadTeam, ManyRunsInARowLoseNothing) {
    ThreadTeam team(3);
    std::int64_t total = 0;
    std::vector<std::int64_t> sums(3);
    for (int run = 0; run < 5000; ++run) {
        team.run(3, [&](std::int64_t task, WorkerId) { sums[static_cast<std::size_t>(task)] = run + task; });
        total += sums[0] + sums[1] + sums[2];
    }
    EXPECT_EQ(total, 3LL * 4999 * 5000 / 2 + 5000 * 3);
}

TEST(ThreadTeam, SleepingWorkersWakeForTheNextRun) {
    ThreadTeam team(2);
    std::atomic<int> done = 0;
    for (int run = 0; run < 3; ++run) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        team.run(2, [&](std::int64_t, WorkerId) { ++done; });
    }
    EXPECT_EQ(done, 6);
}

TEST(ThreadTeam, TheExceptionOfTheLowestWorkerReachesTheCallerAndTheTeamLivesOn) {
    ThreadTeam team(4);
    for (int run = 0; run < 50; ++run) {
        try {
            team.run(4, [](std::int64_t task, WorkerId) {
                if (task >= 2) throw std::runtime_error(std::to_string(task));
            });
            FAIL() << "no exception arrived";
        } catch (const std::runtime_error& error) {
            EXPECT_STREQ(error.what(), "2");
        }
    }
    std::atomic<int> done = 0;
    team.run(4, [&](std::int64_t, WorkerId) { ++done; });
    EXPECT_EQ(done, 4);
}

TEST(ThreadTeam, ARunInsideATaskIsDoneByThatThread) {
    ThreadTeam team(3);
    std::vector<int> inner(3);
    team.run(3, [&](std::int64_t task, WorkerId) {
        const auto self = std::this_thread::get_id();
        team.run(5, [&](std::int64_t, WorkerId) {
            if (std::this_thread::get_id() == self) ++inner[static_cast<std::size_t>(task)];
        });
    });
    EXPECT_EQ(inner, (std::vector<int>{5, 5, 5}));
}

TEST(ThreadTeam, CallersOnTwoThreadsTakeTurns) {
    ThreadTeam team(2);
    std::atomic<int> owner = 0;  // which caller's run is going on
    std::atomic<int> done = 0;
    std::atomic<bool> mixed = false;
    const auto caller = [&](int self) {
        for (int run = 0; run < 300; ++run) {
            std::atomic<int> left = 2;
            team.run(2, [&](std::int64_t, WorkerId) {
                int before = 0;
                if (!owner.compare_exchange_strong(before, self) && before != self) mixed = true;
                ++done;
                if (--left == 0) owner = 0;
            });
        }
    };
    std::thread other(caller, 1);
    caller(2);
    other.join();
    EXPECT_FALSE(mixed);
    EXPECT_EQ(done, 1200);
}

TEST(ThreadTeam, ImpossibleSizesAreRefused) {
    EXPECT_EQ(refusal([] { ThreadTeam team(0); }), "a thread team of 0 is not possible; ask for 1 to 4096 threads");
    EXPECT_TRUE(contains(refusal([] { ThreadTeam team(5000); }), "team of 5000"));
}

TEST(ThreadTeam, ExitFromInsideATaskEndsTheProcess) {
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(
        {
            static ThreadTeam team(3);
            team.run(3, [](std::int64_t task, WorkerId) {
                if (task == 1) std::exit(7);
            });
        },
        testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace ricci::runtime
