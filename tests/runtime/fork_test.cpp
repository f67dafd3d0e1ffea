// Teams, spare time and prefetch in a child process, whose threads do not exist there.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <thread>

#include "runtime/base/fork.h"
#include "runtime/data/prefetch.h"
#include "runtime/parallel/spare_time.h"
#include "runtime/parallel/threads.h"

namespace ricci::runtime {
namespace {

#if defined(__SANITIZE_THREAD__)
constexpr bool kForksWithThreads = false;  // ThreadSanitizer ends a child that starts threads
#else
constexpr bool kForksWithThreads = true;
#endif

/// Whether body() returns true in a child process, within a minute.
template <typename Body>
bool holds_in_child(const Body& body) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(60);
        ::_exit(body() ? 0 : 1);
    }
    int status = 0;
    return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

class Fork : public testing::Test {
  protected:
    void SetUp() override {
        if (!kForksWithThreads) GTEST_SKIP() << "a sanitizer that allows no threads after fork";
    }
};

bool runs(ThreadTeam& team) {
    std::atomic<int> done = 0;
    for (int run = 0; run < 20; ++run) team.run(12, [&](std::int64_t, WorkerId) { ++done; });
    return done == 20 * 12;
}

TEST_F(Fork, ATeamWorksInTheChildAndInTheParent) {
    for (const int threads : {1, 2, 5}) {
        ThreadTeam team(threads);
        for (int pass = 0; pass < 3; ++pass) {
            EXPECT_TRUE(runs(team));
            EXPECT_TRUE(holds_in_child([&] { return runs(team) && runs(team); })) << threads;
        }
        EXPECT_TRUE(runs(team));
    }
}

TEST_F(Fork, ATeamThatTheChildEndsIsNotWaitedFor) {
    auto team = std::make_unique<ThreadTeam>(3);
    EXPECT_TRUE(runs(*team));
    EXPECT_TRUE(holds_in_child([&] {
        team.reset();
        return true;
    }));
}

// The forking thread does not know whether another is in a run: the child must not find its lock taken.
TEST_F(Fork, WhileAnotherThreadRunsTheTeam) {
#if defined(__SANITIZE_ADDRESS__)
    GTEST_SKIP() << "the child finds a lock of AddressSanitizer's allocator taken that another thread held at the fork";
#endif
    ThreadTeam team(2);
    std::atomic<bool> stop = false;
    std::jthread busy([&] {
        while (!stop) team.run(8, [](std::int64_t, WorkerId) {});
    });
    for (int pass = 0; pass < 20; ++pass) EXPECT_TRUE(holds_in_child([&] { return runs(team); }));
    stop = true;
}

TEST_F(Fork, SpareTimeLeavesNoPieceOut) {
    auto team = std::make_shared<ThreadTeam>(2);
    std::vector<std::atomic<int>> done(1000);
    SpareTime spare(team, [&](std::int64_t piece) { ++done[static_cast<std::size_t>(piece)]; });
    for (int pass = 0; pass < 20; ++pass) {
        for (std::atomic<int>& one : done) one = 0;
        spare.start(1000);
        const bool whole = holds_in_child([&] {
            spare.finish();
            for (const std::atomic<int>& one : done)
                if (one == 0) return false;
            spare.start(10);
            spare.finish();
            return true;
        });
        EXPECT_TRUE(whole) << pass;
        spare.finish();
    }
}

TEST_F(Fork, PrefetchGoesOnInTheChild) {
    for (int fork_at = 0; fork_at < 8; ++fork_at) {
        std::vector<std::int64_t> places(4);
        Prefetch ahead(10, 4,
                       [&](std::int64_t item, int place) { places[static_cast<std::size_t>(place)] = item * item; });
        auto next = [&] { return places[static_cast<std::size_t>(ahead.next())]; };
        for (int item = 0; item < fork_at; ++item) EXPECT_EQ(next(), item * item);
        EXPECT_TRUE(holds_in_child([&] {
            for (int item = fork_at; item < 10; ++item)
                if (next() != item * item) return false;
            return true;
        }));
        EXPECT_EQ(next(), fork_at * fork_at);
    }
}

TEST_F(Fork, IsCounted) {
    const std::uint64_t before = fork_generation();
    EXPECT_TRUE(holds_in_child([&] { return fork_generation() == before + 1; }));
    EXPECT_EQ(fork_generation(), before);
}

}  // namespace
}  // namespace ricci::runtime
