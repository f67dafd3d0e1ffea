/// \file tests/frontend/concurrent_calls_test.cpp
/// Threads that call one function, its clones, and functions that several threads call at a time. Runs under
/// ThreadSanitizer too.
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "ricci/layers.h"
#include "ricci/classifier.h"
#include "ricci/arithmetic.h"
#include "tests/frontend/line.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

constexpr int kThreads = 4;

/// Runs body(thread) on several threads that begin together.
template <typename Body>
void together(const Body& body) {
    std::latch start(kThreads);
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&, thread] {
            start.arrive_and_wait();
            body(thread);
        });
    }
}

/// Calls until `accepted` calls of all threads went through; each thread brings another batch, and looks at no result.
TEST(ConcurrentCalls, OfOneFunctionAreRefusedWithNothingTouched) {
    Classifier net = model_named("lenet5").build({});
    Function predict = compile_forced(net.logits, {.threads = 2, .cache = false});
    std::atomic<int> accepted = 0;
    std::atomic<int> refused = 0;
    std::atomic<bool> other_message = false;
    together([&](int thread) {
        // Small batches run another program than large ones, and each thread's batch differs.
        const std::int64_t batch = thread % 2 == 0 ? 1 + thread : 40 + thread;
        Array images(f32, {batch, 1, 32, 32});
        std::ranges::fill(images.span<float>(), 0.1F * static_cast<float>(thread + 1));
        for (int call = 0; call < 200 || (accepted == 0 && call < 100000); ++call) {
            try {
                predict(images);
                ++accepted;
            } catch (const UserError& error) {
                ++refused;
                if (std::string(error.what()) !=
                    "lenet5: it is already running on another thread; give this thread a function of its own, function.clone()")
                    other_message = true;
            }
        }
    });
    EXPECT_GT(accepted, 0);
    EXPECT_FALSE(other_message);
    // The function is whole afterwards.
    Array images(f32, {3, 1, 32, 32});
    EXPECT_EQ(predict(images)[0].extents()[0], 3);
    RecordProperty("accepted", accepted);
    RecordProperty("refused", refused);
}

/// A call is refused for certain while another one stands in it: the input's conversion waits.
TEST(ConcurrentCalls, ABusyFunctionRefusesAtOnce) {
    for (const Engine engine : {Engine::interpreter, Engine::jit}) {
        Line line;
        Function predict = compile_forced(line.y, {.threads = 1, .engine = engine});
        std::atomic<int> wrong = 0;
        std::atomic<int> accepted = 0;
        together([&](int thread) {
            const std::int64_t count = 1 + 37 * thread;
            const Floats input = rows(std::vector<float>(static_cast<std::size_t>(count), static_cast<float>(thread)));
            for (int call = 0; call < 300; ++call) {
                try {
                    predict(input);
                    ++accepted;
                } catch (const UserError& error) {
                    if (std::string(error.what()).find("already running") == std::string::npos) ++wrong;
                }
            }
        });
        EXPECT_EQ(wrong, 0);
        EXPECT_GT(accepted, 0);
        EXPECT_FLOAT_EQ(number(predict(rows({1}))[0]), 2.5F);
    }
}

/// Two threads, each with a clone of its own that shares parameters and machine code with the function. A training step
/// has no clones: they would share the parameters that each of them writes (calls_test.cpp has the refusal).
TEST(ConcurrentCalls, TwoThreadsEachCallAClone) {
    Classifier net = model_named("lenet5").build({});
    for (const Engine engine : {Engine::jit, Engine::interpreter}) {
        Function predict = compile_forced(net.logits, {.threads = 1, .cache = false, .engine = engine});
        // Sizes differ by thread and call. An arena grows while the other thread computes, and a small batch makes a
        // clone compile the program without tiles.
        const auto size_of = [](int thread, int call) { return std::int64_t{1} + (thread == 0 ? call : 3 * (3 - call)); };
        const auto images_of = [](int thread, std::int64_t batch) {
            Array images(f32, {batch, 1, 32, 32});
            float at = 0;
            for (float& pixel : images.span<float>()) pixel = static_cast<float>(thread + 1) * 0.1F + 1e-4F * (at += 1);
            return images;
        };
        constexpr int kCalls = 4;
        std::vector<std::vector<float>> alone[2];
        for (int thread = 0; thread < 2; ++thread) {
            for (int call = 0; call < kCalls; ++call) {
                const Array images = images_of(thread, size_of(thread, call));
                alone[thread].push_back(Array(predict(images)[0]).to_vector<float>());
            }
        }
        std::vector<std::vector<float>> together[2];
        {
            std::latch start(2);
            std::vector<std::jthread> threads;
            for (int thread = 0; thread < 2; ++thread) {
                threads.emplace_back([&, thread, own = predict.clone()]() mutable {
                    start.arrive_and_wait();
                    for (int call = 0; call < kCalls; ++call) {
                        const Array images = images_of(thread, size_of(thread, call));
                        together[thread].push_back(Array(own(images)[0]).to_vector<float>());
                    }
                });
            }
        }
        for (int thread = 0; thread < 2; ++thread) EXPECT_EQ(together[thread], alone[thread]) << "thread " << thread;
        EXPECT_NE(alone[0], alone[1]);
    }
}

TEST(ConcurrentCalls, OfSeveralFunctionsGiveWhatEachGivesAlone) {
    std::atomic<int> wrong = 0;
    together([&](int thread) {
        // A model each, compiled and trained at the same time, on one shared team.
        Line line;
        Function step = compile_forced(training_step(line.loss, sgd({.learning_rate = 0.1f})), {.threads = 2, .cache = false});
        Function predict = compile_forced(line.y, {.threads = 2, .cache = false});
        for (int call = 0; call < 50; ++call) {
            if (thread % 2 == 0) step(rows({0, 1}), list({-1, 2}));
            const float w = number(step.parameters()["w"]);
            const float c = number(step.parameters()["c"]);
            if (std::abs(number(predict(rows({3}))[0]) - (3 * w + c)) > 1e-5F) ++wrong;
        }
    });
    EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace ricci::test
