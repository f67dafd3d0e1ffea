/// \file tests/frontend/cumsum_test.cpp
/// Cumulative sums of axes of any length, in blocks from 17 positions on: values and gradients against loops.
#include <gtest/gtest.h>

#include "ricci.h"
#include "tests/frontend/function.h"

namespace ricci::test {
namespace {

/// Whole numbers, so that no order of the additions rounds.
std::vector<float> whole(std::size_t count) {
    std::vector<float> all(count);
    for (std::size_t i = 0; i < count; ++i) all[i] = static_cast<float>(i * 7 % 11) - 5;
    return all;
}

TEST(Cumsum, AddsUpAxesOfAnyLength) {
    constexpr std::int64_t kOuter = 3, kInner = 2;
    for (const char* kind : {"time", "tap_h", "feature"}) {
        for (const std::int64_t length : {1, 16, 17, 25, 99, 700}) {
            SCOPED_TRACE(fmt::format("{} {}", kind, length));
            Model m("m");
            const std::vector<Axis> axes = {batch(kOuter), axis(kind, length), channel(kInner)};
            const Tensor x = m.input("x", f32, axes), g = m.input("g", f32, axes);
            const Tensor y = cumsum(x, Kind::named(kind));
            EXPECT_EQ(y.type(), x.type());
            const auto count = static_cast<std::size_t>(kOuter * length * kInner);
            const std::vector<float> xs = whole(count), gs = whole(count);
            std::vector<float> sums = xs, back = gs;
            for (std::int64_t b = 0; b < kOuter; ++b)
                for (std::int64_t c = 0; c < kInner; ++c) {
                    const auto at = [&](std::int64_t j) { return static_cast<std::size_t>((b * length + j) * kInner + c); };
                    for (std::int64_t j = 1; j < length; ++j) sums[at(j)] += sums[at(j - 1)];
                    for (std::int64_t j = length - 1; j-- > 0;) back[at(j)] += back[at(j + 1)];
                }
            Function forwards = compile_forced(y, {.threads = 2});
            EXPECT_EQ(Array(forwards(xs)[0]).to_vector<float>(), sums);
            Function backwards = compile_forced(gradients(sum(y * g), {x}), {.threads = 2});
            EXPECT_EQ(Array(backwards({{"x", xs}, {"g", gs}})["gradient.x"]).to_vector<float>(), back);
        }
    }
}

TEST(Cumsum, OfALongAxisGoesByBlocks) {
    Model m("m");
    cumsum(m.input("x", f32, {batch(), time(700)}), time_steps);
    EXPECT_NE(m.text().find("time 27, time 26]"), std::string::npos) << m.text();
    EXPECT_EQ(m.text().find("sum(k: time 700)"), std::string::npos) << m.text();
}

}  // namespace
}  // namespace ricci::test
