/// \file tests/frontend/cumsum_test.cpp
/// Cumulative sums of axes of any length, in blocks from 17 positions on: values and gradients against loops.
#include <gtest/gtest.h>

#include "ir/analysis/work.h"
#include "ir/text/parser.h"
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
        for (const std::int64_t length : {1, 16, 17, 25, 99, 256, 257, 700, 4'097}) {
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

/// A comparison, a choice and an addition for each of 16 positions of a block, and a sixteenth of that a level above.
TEST(Cumsum, WorkGrowsWithTheAxis) {
    const auto work = [](std::int64_t length) {
        Model m("m");
        m.output("y", cumsum(m.input("x", f32, {time(length)}), time_steps));
        return ir::work_of(ir::parse(m.text()), 1).flop();
    };
    for (const std::int64_t length : {1'000, 100'000, 3'000'000}) {
        EXPECT_LE(work(length), 54.0 * static_cast<double>(length)) << length;
    }
}

TEST(Cumsum, AddsUpAMillionAndOne) {
    constexpr std::int64_t kLength = 1'000'001;
    Model m("m");
    Function f = compile_forced(cumsum(m.input("x", f32, {time(kLength)}), time_steps), {.threads = 2});
    const std::vector<float> xs = whole(static_cast<std::size_t>(kLength));
    const std::vector<float> sums = Array(f(xs)[0]).to_vector<float>();
    float sum = 0;
    for (std::size_t i = 0; i < xs.size(); ++i) ASSERT_EQ(sums[i], sum += xs[i]) << i;
}

TEST(Cumsum, LaterPositionsStayOut) {
    Model m("m");
    Function f = compile_forced(cumsum(m.input("x", f32, {time(40)}), time_steps), {.threads = 1});
    std::vector<float> xs(40, 1.0F);
    xs[20] = std::numeric_limits<float>::infinity();
    const std::vector<float> sums = Array(f(xs)[0]).to_vector<float>();
    for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(sums[i], static_cast<float>(i + 1));
    for (std::size_t i = 20; i < 40; ++i) EXPECT_EQ(sums[i], xs[20]);
}

}  // namespace
}  // namespace ricci::test
