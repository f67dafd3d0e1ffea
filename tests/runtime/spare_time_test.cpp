// Promises of runtime/parallel/spare_time.h: every piece of a job is done once, while threads wait or when it is due.
#include "runtime/parallel/spare_time.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "tests/runtime/refusal.h"

namespace ricci::runtime {
namespace {

TEST(SpareTime, EveryPieceIsDoneOnceForAnyTeamAndNumber) {
    for (const int threads : {1, 2, 3, 5}) {
        auto team = std::make_shared<ThreadTeam>(threads);
        std::vector<std::atomic<int>> done(1000);
        SpareTime spare(team, [&](std::int64_t piece) { ++done[static_cast<std::size_t>(piece)]; });
        for (const std::int64_t pieces : {0, 1, 2, 7, 64, 1000}) {
            for (std::atomic<int>& each : done) each = 0;
            spare.start(pieces);
            team->run(threads, [](std::int64_t, WorkerId) {});
            spare.finish();
            for (std::int64_t i = 0; i < 1000; ++i)
                ASSERT_EQ(done[static_cast<std::size_t>(i)], i < pieces ? 1 : 0) << threads << " threads, piece " << i;
        }
    }
}

// One thread of a run is slow; the other one waits for it and does the whole job.
TEST(SpareTime, AWaitingThreadDoesThePieces) {
    auto team = std::make_shared<ThreadTeam>(2);
    std::atomic<int> done = 0;
    std::atomic<int> elsewhere = 0;
    std::atomic<std::thread::id> slow;
    SpareTime spare(team, [&](std::int64_t) {
        ++done;
        if (std::this_thread::get_id() == slow.load()) ++elsewhere;
    });
    spare.start(100);
    team->run(2, [&](std::int64_t task, WorkerId) {
        if (task == 0) return;
        slow = std::this_thread::get_id();
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (done < 100 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    });
    EXPECT_EQ(done, 100);
    EXPECT_EQ(elsewhere, 0);
    spare.finish();
    EXPECT_EQ(done, 100);
}

TEST(SpareTime, MayBeLeftWithPiecesUndone) {
    auto team = std::make_shared<ThreadTeam>(2);
    std::atomic<bool> alive = true;
    {
        SpareTime spare(team, [&](std::int64_t) { ASSERT_TRUE(alive); });
        spare.start(100000);
        team->run(2, [](std::int64_t, WorkerId) {});
    }
    alive = false;
    team->run(2, [](std::int64_t, WorkerId) {});
}

TEST(SpareTime, OfTwoJobsOfOneTeamBothAreDone) {
    auto team = std::make_shared<ThreadTeam>(2);
    std::atomic<int> first = 0;
    std::atomic<int> second = 0;
    SpareTime outer(team, [&](std::int64_t) { ++first; });
    outer.start(50);
    {
        SpareTime inner(team, [&](std::int64_t) { ++second; });
        inner.start(60);
        team->run(2, [](std::int64_t, WorkerId) {});
        inner.finish();
    }
    team->run(2, [](std::int64_t, WorkerId) {});
    outer.finish();
    EXPECT_EQ(first, 50);
    EXPECT_EQ(second, 60);
}

TEST(SpareTime, ANewJobBeforeTheOldOneIsDoneIsADefect) {
    auto team = std::make_shared<ThreadTeam>(1);
    SpareTime spare(team, [](std::int64_t) {});
    spare.start(3);
    EXPECT_TRUE(contains(defect([&] { spare.start(2); }), "a job of 2 pieces is begun while 0 of 3 are done"));
}

}  // namespace
}  // namespace ricci::runtime
