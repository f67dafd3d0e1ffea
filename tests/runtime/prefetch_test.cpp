// Promises of runtime/data/prefetch.h.
#include "runtime/data/prefetch.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "tests/runtime/refusal.h"

namespace ricci::runtime {
namespace {

// A count that one thread raises and another waits for; long waits fail instead of hanging.
class Count {
  public:
    void raise() {
        const std::lock_guard lock(mutex_);
        ++value_;
        changed_.notify_all();
    }
    bool reaches(int value) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return value_ >= value; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int value_ = 0;
};

TEST(Prefetch, ItemsComeInOrderWhicheverSideIsSlow) {
    for (const bool slow_reader : {false, true}) {
        for (const std::int64_t items : {1, 2, 3, 4, 5, 50}) {
            std::array<std::int64_t, 4> ring{};
            Prefetch ahead(items, 4, [&](std::int64_t item, int place) {
                if (!slow_reader) std::this_thread::sleep_for(std::chrono::microseconds(50));
                ring[static_cast<std::size_t>(place)] = item * item;
            });
            for (std::int64_t item = 0; item < items; ++item) {
                const int place = ahead.next();
                if (slow_reader) std::this_thread::sleep_for(std::chrono::microseconds(50));
                EXPECT_EQ(ring[static_cast<std::size_t>(place)], item * item);
            }
        }
    }
}

TEST(Prefetch, WorksAheadWhileAnItemIsRead) {
    Count prepared;
    Prefetch ahead(100, 4, [&](std::int64_t, int) { prepared.raise(); });
    ahead.next();
    EXPECT_TRUE(prepared.reaches(3));
}

TEST(Prefetch, NeverTouchesThePlaceThatIsRead) {
    std::array<std::atomic<std::int64_t>, 2> ring{};
    Prefetch ahead(2000, 2, [&](std::int64_t item, int place) { ring[static_cast<std::size_t>(place)] = item; });
    for (std::int64_t item = 0; item < 2000; ++item) {
        const auto place = static_cast<std::size_t>(ahead.next());
        for (int look = 0; look < 20; ++look) ASSERT_EQ(ring[place], item);
    }
}

TEST(Prefetch, AnErrorComesWithItsItemAndNotBefore) {
    for (const std::int64_t bad : {0, 1, 5}) {
        Prefetch ahead(10, 4, [&](std::int64_t item, int) {
            if (item == bad) user_error("item {} is damaged", item);
        });
        for (std::int64_t item = 0; item < bad; ++item) EXPECT_EQ(ahead.next(), item % 4);
        EXPECT_EQ(refusal([&] { ahead.next(); }), fmt::format("item {} is damaged", bad));
        EXPECT_EQ(refusal([&] { ahead.next(); }), fmt::format("item {} is damaged", bad));
    }
}

TEST(Prefetch, MayBeLeftAtAnyItem) {
    std::atomic<int> prepared = 0;
    for (int read = 0; read < 6; ++read) {
        Prefetch ahead(1000000, 3, [&](std::int64_t, int) { ++prepared; });
        for (int item = 0; item < read; ++item) ahead.next();
    }
    EXPECT_LE(prepared, 6 * 8);
}

TEST(Prefetch, PassingTheEndIsADefect) {
    Prefetch ahead(1, 2, [](std::int64_t, int) {});
    ahead.next();
    EXPECT_TRUE(contains(defect([&] { ahead.next(); }), "item 1 is asked for, but there are 1"));
}

}  // namespace
}  // namespace ricci::runtime
