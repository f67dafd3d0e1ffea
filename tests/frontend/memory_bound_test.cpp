/// \file tests/frontend/memory_bound_test.cpp
/// A bound of memory: it is kept, changes no value, and is refused with the least that can be where it cannot be kept.
#include <gtest/gtest.h>

#include <numeric>
#include <regex>

#include "passes/memory/recompute.h"
#include "ricci.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

constexpr std::int64_t kSamples = 4;

/// A step of a small residual network, whose batch norms and activations can be computed again. Gradients of weights are
/// most of its arena.
struct Step {
    Classifier net = resnet18({.height = 16, .classes = 10, .small_images = true});
    Program program = training_step(net.loss, sgd({.learning_rate = 0.05, .momentum = 0.9}));

    Function compiled(std::int64_t memory) const {
        return compile(program, {.memory = memory, .memory_batch = kSamples, .threads = 1, .cache = false});
    }
};

double loss_behind_steps(Function& step) {
    Array images(f32, {batch(kSamples), channel(3), height(16), width(16)});
    float number = 0;
    for (float& pixel : images.span<float>()) pixel = number = 0.93F * number + (number < 2 ? 0.4F : -0.7F);
    Array labels(i32, {batch(kSamples)});
    std::iota(labels.span<std::int32_t>().begin(), labels.span<std::int32_t>().end(), 0);
    double loss = 0;
    for (int i = 0; i < 2; ++i) loss = step(images, labels)["loss"].scalar();
    return loss;
}

TEST(MemoryBound, IsKeptAndChangesNoValue) {
    Step free_step;
    Function unbounded = free_step.compiled(0);
    const double expected = loss_behind_steps(unbounded);
    const std::int64_t whole = unbounded.arena_bytes();
    Step bounded_step;
    Function bounded = bounded_step.compiled(whole * 97 / 100);
    EXPECT_NEAR(loss_behind_steps(bounded), expected, 1e-4 * expected);
    EXPECT_LE(bounded.arena_bytes(), whole * 97 / 100);
    EXPECT_GT(bounded.arena_bytes(), 0);
}

TEST(MemoryBound, ThatCannotBeKeptIsRefusedWithTheLeastThatCanBe) {
    const Step step;
    std::string said;
    try {
        step.compiled(1000);
    } catch (const UserError& error) {
        said = error.what();
    }
    const std::regex sentence(
        ".*memory is 1000 bytes, but .* needs ([0-9]+) for 4 samples, and ([0-9]+) where all that may be is computed "
        "again; allow at least that, or make the batch smaller");
    std::smatch numbers;
    ASSERT_TRUE(std::regex_match(said, numbers, sentence)) << said;
    const std::int64_t before = std::stoll(numbers[1]), least = std::stoll(numbers[2]);
    EXPECT_LT(least, before);
    EXPECT_NO_THROW(step.compiled(least));
}

TEST(MemoryBound, IsANumberOfBytesOrOfThousandsOfThem) {
    EXPECT_EQ(passes::memory_bound(""), std::nullopt);
    EXPECT_EQ(passes::memory_bound("123"), 123);
    EXPECT_EQ(passes::memory_bound("2K"), 2000);
    EXPECT_EQ(passes::memory_bound("200M"), 200'000'000);
    EXPECT_EQ(passes::memory_bound("3G"), 3'000'000'000);
    for (const std::string text : {"0", "-1", "M", "1.5G", "2T", "2MB", " 2", "99999999999999999999"}) {
        EXPECT_EQ(refusal([&] { passes::memory_bound(text); }),
                  "memory is \"" + text + "\"; it is a number of bytes from 1 on, or of thousands of them: 200000, 200K, 200M, 1G");
    }
}

}  // namespace
}  // namespace ricci::test
