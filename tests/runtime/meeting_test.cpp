// Tasks of one run that wait for each other and share memory, and a convolution whose threads do.
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "ir/base/error.h"
#include "runtime/base/meeting.h"
#include "runtime/base/random.h"
#include "runtime/call/convolution/convolution.h"
#include "runtime/parallel/threads.h"
#include "tests/seed.h"

namespace ricci::runtime {
namespace {

TEST(Meeting, WaitsForAllInEachRound) {
    constexpr int kThreads = 3, kRounds = 200;
    ThreadTeam team(kThreads);
    std::vector<std::atomic<int>> came(kRounds);
    std::atomic<int> early = 0;
    team.run_together(kThreads, [&](std::int64_t, WorkerId) {
        const Seat seat = seat_here();
        for (int round = 0; round < kRounds; ++round) {
            ++came[static_cast<std::size_t>(round)];
            seat.wait();
            if (came[static_cast<std::size_t>(round)] != kThreads) ++early;
        }
    });
    EXPECT_EQ(early, 0);
}

TEST(Meeting, GivesAllTheSameMemoryAndSeatsByTask) {
    ThreadTeam team(3);
    std::vector<std::byte*> memory(2);
    team.run_together(2, [&](std::int64_t task, WorkerId) {
        const Seat seat = seat_here();
        EXPECT_EQ(seat.number, task);
        EXPECT_EQ(seat.count, 2);
        memory[static_cast<std::size_t>(task)] = seat.memory(4096);
    });
    EXPECT_NE(memory[0], nullptr);
    EXPECT_EQ(memory[0], memory[1]);
}

TEST(Meeting, DoesNotWaitForThoseThatLeftByAnException) {
    ThreadTeam team(2);
    EXPECT_THROW(team.run_together(2,
                                   [&](std::int64_t task, WorkerId) {
                                       if (task == 1) throw std::runtime_error("left");
                                       seat_here().wait();
                                   }),
                 std::runtime_error);
}

TEST(Meeting, HasNoMemoryWhereTheOneThatReservesItHasLeft) {
    ThreadTeam team(2);
    team.run_together(2, [&](std::int64_t, WorkerId) { seat_here().memory(64); });  // of an earlier meeting
    std::string refusal;
    EXPECT_THROW(team.run_together(2,
                                   [&](std::int64_t task, WorkerId) {
                                       if (task == 0) throw std::runtime_error("left");
                                       try {
                                           seat_here().memory(1 << 20);
                                       } catch (const UserError& error) {
                                           refusal = error.what();
                                       }
                                   }),
                 std::runtime_error);
    EXPECT_EQ(refusal, "there is no memory of 1048576 bytes for threads to share; use one thread");
}

TEST(Meeting, IsNotHeldWhereTasksRunOneAfterTheOther) {
    ThreadTeam team(2), alone(1);
    const auto seats = [](std::int64_t, WorkerId) {
        EXPECT_TRUE(seat_here().alone());
        seat_here().wait();
    };
    alone.run_together(2, seats);
    team.run_together(5, seats);  // more than threads
    team.run(2, seats);
    team.run_together(2, [&](std::int64_t, WorkerId) { alone.run_together(2, [](std::int64_t, WorkerId) {}); });
    EXPECT_TRUE(seat_here().alone());
}

/// A 3 x 3 convolution of channels-last images.
ConvolutionShape shape_of(std::int64_t in, std::int64_t out, std::int64_t side) {
    return {.groups = 1,
            .in = in,
            .out = out,
            .height = side,
            .width = side,
            .result_height = side,
            .result_width = side,
            .taps_h = 3,
            .taps_w = 3,
            .stride_h = 1,
            .stride_w = 1,
            .dilation_h = 1,
            .dilation_w = 1,
            .top = 1,
            .left = 1,
            .image = {side * side * in, in, 1, side * in, in},
            .result = {side * side * out, out, 1, side * out, out},
            .kernel_group = out * in * 9,
            .kernel_out = in * 9,
            .kernel_in = 9,
            .kernel_row = 3,
            .kernel_column = 1};
}

TEST(Meeting, SharedTransformsGiveTheSameBits) {
    Rng rng(test::seed());
    constexpr std::int64_t kBatch = 3;
    for (const auto& [in, out, side, odd] : {std::tuple{40, 70, 14, 0.0F}, {64, 64, 30, 0.0F}, {200, 33, 9, 1e30F}}) {
        const ConvolutionShape shape = shape_of(in, out, side);
        std::vector<float> image(static_cast<std::size_t>(kBatch * shape.image.batch));
        std::vector<float> result(static_cast<std::size_t>(kBatch * shape.result.batch));
        for (float& each : image) each = static_cast<float>(rng.uniform());
        for (float& each : result) each = static_cast<float>(rng.uniform());
        if (odd > 0) image[image.size() / 2] = odd;
        const auto gradient = [&, in = in, out = out](int threads) {
            std::vector<float> kernel(static_cast<std::size_t>(out * in * 9));
            ThreadTeam team(threads);
            team.run_together(threads, [&](std::int64_t task, WorkerId) {
                convolve(ConvolutionMethod::winograd4, ConvolutionDirection::kernel_gradient, shape, kBatch, image.data(),
                         kernel.data(), result.data(), kConvolutionParts * task / threads,
                         kConvolutionParts * (task + 1) / threads);
            });
            return kernel;
        };
        const std::vector<float> one = gradient(1);
        for (const int threads : {2, 3, 7}) EXPECT_EQ(gradient(threads), one) << threads << " threads, " << in << " channels";
    }
}

}  // namespace
}  // namespace ricci::runtime
