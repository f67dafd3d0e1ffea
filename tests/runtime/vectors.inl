// What the vectors of convolutions load, store and move, against one lane at a time. The instruction set is that of the
// including file.
#pragma once
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "runtime/call/convolution/vectors.inl"

namespace ricci::runtime {
namespace {

/// Numbers that differ, with some to spare on both sides.
constexpr std::size_t kNumbers = 4 * kLanes * kLanes;
std::array<float, kNumbers> numbers() {
    std::array<float, kNumbers> all;
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<float>(i + 1);
    return all;
}
std::array<float, kLanes> lanes_of(Vector v) {
    std::array<float, kLanes> lanes;
    store(lanes.data(), v);
    return lanes;
}
bool is_in(Mask mask, std::size_t lane) {
    return (mask >> lane & 1) != 0;
}

/// All masks of eight lanes, and as many of sixteen.
std::array<Mask, 256> masks() {
    std::array<Mask, 256> all;
    for (unsigned i = 0; i < all.size(); ++i) all[i] = static_cast<Mask>(kLanes == 8 ? i : (i * 257U) ^ (i << 3U));
    all[255] = kAll;
    for (int64_t i = 0; i <= kLanes; ++i) all[static_cast<std::size_t>(i)] = first(i);
    return all;
}

void expect_masked_moves() {
    const auto from = numbers();
    const Offsets apart = lanes_apart(3);
    for (const Mask mask : masks()) {
        SCOPED_TRACE(mask);
        const auto loaded = lanes_of(load(from.data(), mask));
        const auto over = lanes_of(load_over(broadcast(-7), from.data(), mask));
        const auto gathered = lanes_of(gather(from.data(), apart, mask));
        const auto cleared = lanes_of(zero_in(load(from.data()), mask));
        std::array<float, kLanes> stored;
        stored.fill(-7);
        store(stored.data(), load(from.data()), mask);
        std::array<float, 3 * kLanes> scattered;
        scattered.fill(-7);
        scatter(scattered.data(), apart, load(from.data()), mask);
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            const bool in = is_in(mask, lane);
            EXPECT_EQ(loaded[lane], in ? from[lane] : 0) << lane;
            EXPECT_EQ(over[lane], in ? from[lane] : -7) << lane;
            EXPECT_EQ(gathered[lane], in ? from[3 * lane] : 0) << lane;
            EXPECT_EQ(cleared[lane], in ? 0 : from[lane]) << lane;
            EXPECT_EQ(stored[lane], in ? from[lane] : -7) << lane;
            EXPECT_EQ(scattered[3 * lane], in ? from[lane] : -7) << lane;
        }
    }
}

void expect_moves() {
    const auto from = numbers();
    Vector rows[kLanes];
    for (std::size_t row = 0; row < kLanes; ++row) rows[row] = load(from.data() + row * kLanes);
    transpose(rows);
    for (std::size_t row = 0; row < kLanes; ++row) {
        const auto lanes = lanes_of(rows[row]);
        for (std::size_t lane = 0; lane < kLanes; ++lane) EXPECT_EQ(lanes[lane], from[lane * kLanes + row]) << row << " " << lane;
    }
    const auto seconds = lanes_of(load_every_second(from.data()));
    for (std::size_t lane = 0; lane < kLanes; ++lane) EXPECT_EQ(seconds[lane], from[2 * lane]) << lane;
    for (std::size_t count = 1; count <= kLanes; ++count) {
        const auto some = lanes_of(load_every_second(from.data(), count));
        for (std::size_t lane = 0; lane < kLanes; ++lane) EXPECT_EQ(some[lane], lane < count ? from[2 * lane] : 0) << count;
        std::array<float, 2 * kLanes> spread;
        spread.fill(-7);
        store_with_zeros(spread.data(), load(from.data()), count);
        for (std::size_t i = 0; i < spread.size(); ++i)
            EXPECT_EQ(spread[i], i >= 2 * count ? -7 : i % 2 == 0 ? from[i / 2] : 0) << count << " " << i;
    }
}

void expect_comparisons() {
    constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();
    const std::array<float, 8> some = {0, -1, 2, -2, kNan, kInf, -kInf, 1.5F};
    std::array<float, kLanes> all;
    for (std::size_t lane = 0; lane < kLanes; ++lane) all[lane] = some[lane % some.size()];
    const Mask large = not_below(load(all.data()), 2);
    for (std::size_t lane = 0; lane < kLanes; ++lane) EXPECT_EQ(is_in(large, lane), !(std::fabs(all[lane]) < 2)) << lane;
}

void expect_vectors_of_this_file() {
    expect_masked_moves();
    expect_moves();
    expect_comparisons();
}

}  // namespace
}  // namespace ricci::runtime
