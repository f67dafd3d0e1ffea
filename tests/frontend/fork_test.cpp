/// \file tests/frontend/fork_test.cpp
/// A process that has called functions forks: the child calls, compiles and reads data as the parent does.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ricci/classifier.h"
#include "ricci/data.h"
#include "ricci/trainer.h"
#include "tests/frontend/function.h"

namespace ricci::test {
namespace {

#if defined(__SANITIZE_THREAD__)
constexpr bool kForksWithThreads = false;  // ThreadSanitizer ends a child that starts threads
#else
constexpr bool kForksWithThreads = true;
#endif

constexpr unsigned kSeconds = 60;  // a child that hangs is ended

/// The status of a child that runs body(): 0 where it returns true; -1 where a signal ended it.
template <typename Body>
int in_child(const Body& body) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(kSeconds);
        int status = 1;
        try {
            status = body() ? 0 : 2;
        } catch (...) {
            status = 3;
        }
        ::_exit(status);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class Fork : public testing::Test {
  protected:
    void SetUp() override {
        if (!kForksWithThreads) GTEST_SKIP() << "a sanitizer that allows no threads after fork";
    }
    /// A call whose work is worth two threads.
    double loss() { return step(images, labels).scalar(); }

    Classifier net = model_named("lenet5").build({});
    Function step = compile_forced(training_step(net.loss, sgd({.learning_rate = 0})), {.threads = 2});
    Array images{f32, {64, 1, 32, 32}};
    Array labels{i32, {64}};
};

TEST_F(Fork, TheChildCalls) {
    const double parents = loss();
    EXPECT_EQ(in_child([&] { return loss() == parents && loss() == parents; }), 0);
    EXPECT_EQ(loss(), parents);
}

TEST_F(Fork, TheChildsChildCalls) {
    const double parents = loss();
    EXPECT_EQ(in_child([&] { return loss() == parents && in_child([&] { return loss() == parents; }) == 0; }), 0);
}

TEST_F(Fork, TheChildCompiles) {
    const double parents = loss();
    EXPECT_EQ(in_child([&] {
                  Classifier own = model_named("lenet5").build({});
                  Function again = compile_forced(training_step(own.loss, sgd()), {.threads = 2, .cache = false});
                  return again(images, labels).scalar() == parents;
              }),
              0);
}

TEST_F(Fork, TheChildGoesOnWithTheBatchesInHand) {
    const ImageData data(draw_digits(1000, 1), net.images.type());
    for (const int busy : {1, 64}) {  // a thread that works ahead; a team that does it meanwhile
        int number = 0;
        for (const Batch& batch : data.batches(64, shuffle(1), busy)) {
            step(batch.images, batch.labels);
            if (++number == 3) {
                EXPECT_EQ(in_child([&] { return step(batch.images, batch.labels).scalar() > 0; }), 0) << busy;
            }
        }
        // The range itself goes on in the child, with the same batches.
        auto range = data.batches(64, shuffle(1), busy);
        auto at = range.begin();
        ++at;
        step((*at).images, (*at).labels);
        const int status = in_child([&] {
            auto same = data.batches(64, shuffle(1), busy);
            auto other = same.begin();
            ++other;
            for (int i = 2; i < 16; ++i) {
                ++at, ++other;
                step((*at).images, (*at).labels);
                if (!std::ranges::equal((*at).images.span<float>(), (*other).images.span<float>())) return false;
                if (!std::ranges::equal((*at).labels.span<std::int32_t>(), (*other).labels.span<std::int32_t>()))
                    return false;
            }
            return true;
        });
        EXPECT_EQ(status, 0) << busy;
        ++at;
        EXPECT_EQ((*at).count, 64);
    }
}

}  // namespace
}  // namespace ricci::test
