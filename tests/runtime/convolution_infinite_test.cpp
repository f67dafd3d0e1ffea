/// \file tests/runtime/convolution_infinite_test.cpp
/// One number that is infinite, nan or near the largest float, at a random place of a random convolution. By every
/// method, direction and engine, the results that read it show it, and no others do.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "runtime/base/cpu.h"
#include "runtime/base/random.h"
#include "runtime/call/convolution/engine.h"
#include "tests/seed.h"

namespace ricci::runtime {
namespace {

using Direction = ConvolutionDirection;
using Method = ConvolutionMethod;
using Floats = std::vector<float>;

struct Problem {
    ConvolutionShape shape;
    std::int64_t batch;
    Floats tensors[3];  // y, x, w: in the order of the directions that write them

    std::string describe() const {
        return fmt::format(
            "batch {}, groups {}, channels {} -> {}, image {} x {}, taps {} x {}, stride {}, dilation {}, padding {}",
            batch, shape.groups, shape.in, shape.out, shape.height, shape.width, shape.taps_h, shape.taps_w,
            shape.stride_h, shape.dilation_h, shape.top);
    }
};

/// A random convolution; for Winograd's filtering where `taps` is 3 or 5, any other where it is 0.
Problem draw_problem(Rng& rng, std::int64_t taps) {
    const auto draw = [&](std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(rng.uniform() * static_cast<double>(high - low + 1));
    };
    ConvolutionShape s{};
    s.groups = draw(1, 3) == 1 ? 2 : 1;
    s.in = draw(1, 20);
    s.out = draw(1, 20);
    if (draw(1, 4) == 1) {  // depthwise
        s.groups = draw(2, 20);
        s.in = s.out = 1;
    }
    if (draw(1, 20) == 1) {  // more kernels than pixels
        s.groups = 1;
        s.in = draw(1, 4);
        s.out = draw(256, 280);
    }
    s.taps_h = taps > 0 ? taps : draw(1, 5);
    s.taps_w = taps > 0 ? taps : draw(1, 5);
    s.stride_h = taps > 0 ? 1 : draw(1, 3);
    s.stride_w = taps > 0 ? 1 : draw(1, 3);
    s.dilation_h = s.dilation_w = taps > 0 ? 1 : draw(1, 2);
    s.top = draw(0, 2);
    s.left = draw(0, 2);
    s.height = s.dilation_h * (s.taps_h - 1) + draw(1, 14);
    s.width = s.dilation_w * (s.taps_w - 1) + draw(1, 14);
    s.result_height = (s.height + 2 * s.top - s.dilation_h * (s.taps_h - 1) - 1) / s.stride_h + 1;
    s.result_width = (s.width + 2 * s.left - s.dilation_w * (s.taps_w - 1) - 1) / s.stride_w + 1;
    const bool last = draw(0, 1) == 1;
    const auto axes = [&](std::int64_t channels, std::int64_t h, std::int64_t w) {
        const std::int64_t all = s.groups * channels;
        return last ? ConvolutionShape::Axes{all * h * w, channels, 1, w * all, all}
                    : ConvolutionShape::Axes{all * h * w, channels * h * w, h * w, w, 1};
    };
    s.image = axes(s.in, s.height, s.width);
    s.result = axes(s.out, s.result_height, s.result_width);
    s.kernel_column = 1;
    s.kernel_row = s.taps_w;
    s.kernel_in = s.taps_h * s.taps_w;
    s.kernel_out = s.in * s.kernel_in;
    s.kernel_group = s.out * s.kernel_out;
    Problem problem{s, draw(1, 3), {}};
    const std::int64_t sizes[] = {problem.batch * s.result.batch, problem.batch * s.image.batch,
                                  s.groups * s.kernel_group};
    for (std::size_t i = 0; i < 3; ++i) {
        problem.tensors[i].resize(static_cast<std::size_t>(sizes[i]));
        for (float& each : problem.tensors[i]) each = static_cast<float>(2 * rng.uniform() - 1);
    }
    return problem;
}

struct Expected {
    std::vector<double> sums, sizes;  // of the products, and of what they would be without signs
};

/// What the equation says, in f64. Padding is multiplied like any number, save in the gradient by the image, where no
/// point falls on it.
Expected expected_of(const Problem& problem, Direction direction) {
    const ConvolutionShape& s = problem.shape;
    const auto written = static_cast<std::size_t>(direction);
    Expected expected;
    expected.sums.resize(problem.tensors[written].size());
    expected.sizes.resize(problem.tensors[written].size());
    const auto at = [&](std::size_t i, std::int64_t place) {
        return static_cast<double>(problem.tensors[i][static_cast<std::size_t>(place)]);
    };
    const auto add = [&](std::int64_t place, double product) {
        expected.sums[static_cast<std::size_t>(place)] += product;
        expected.sizes[static_cast<std::size_t>(place)] += std::abs(product);
    };
    for (std::int64_t b = 0; b < problem.batch; ++b)
        for (std::int64_t g = 0; g < s.groups; ++g)
            for (std::int64_t o = 0; o < s.out; ++o)
                for (std::int64_t i = 0; i < s.in; ++i)
                    for (std::int64_t p = 0; p < s.result_height; ++p)
                        for (std::int64_t q = 0; q < s.result_width; ++q)
                            for (std::int64_t r = 0; r < s.taps_h; ++r)
                                for (std::int64_t c = 0; c < s.taps_w; ++c) {
                                    const std::int64_t row = p * s.stride_h + r * s.dilation_h - s.top;
                                    const std::int64_t column = q * s.stride_w + c * s.dilation_w - s.left;
                                    const bool inside = row >= 0 && column >= 0 && row < s.height && column < s.width;
                                    const std::int64_t x = b * s.image.batch + g * s.image.group + i * s.image.channel +
                                                           row * s.image.row + column * s.image.column;
                                    const std::int64_t w = g * s.kernel_group + o * s.kernel_out + i * s.kernel_in +
                                                           r * s.kernel_row + c * s.kernel_column;
                                    const std::int64_t y = b * s.result.batch + g * s.result.group +
                                                           o * s.result.channel + p * s.result.row +
                                                           q * s.result.column;
                                    const double pixel = inside ? at(1, x) : 0;
                                    if (direction == Direction::forward) add(y, pixel * at(2, w));
                                    if (direction == Direction::kernel_gradient) add(w, pixel * at(0, y));
                                    if (direction == Direction::input_gradient && inside) add(x, at(0, y) * at(2, w));
                                }
    return expected;
}

Floats run(const Problem& problem, const ConvolutionEngine& engine, Method method, Direction direction,
           std::int64_t step) {
    std::vector<Floats> given(problem.tensors, problem.tensors + 3);
    Floats& written = given[static_cast<std::size_t>(direction)];
    std::fill(written.begin(), written.end(), std::nanf(""));
    for (std::int64_t part = 0; part < kConvolutionParts; part += step) {
        convolve_on(engine, method, direction, problem.shape, problem.batch, given[1].data(), given[2].data(),
                    given[0].data(), part, std::min(part + step, kConvolutionParts));
    }
    return written;
}

bool is_finite(double number) {
    return std::abs(number) <= static_cast<double>(std::numeric_limits<float>::max());
}

/// Results that are finite where they should not be, or the other way round, or too far away. `untouched`: the largest
/// size of a result that does not read the odd number.
std::string difference(const Expected& expected, const Floats& got, double most) {
    double untouched = 0;
    for (double size : expected.sizes) {
        if (size < 1e20) untouched = std::max(untouched, size);
    }
    std::size_t wrong = 0;
    std::string first;
    for (std::size_t i = 0; i < got.size(); ++i) {
        const auto value = static_cast<double>(got[i]);
        const double allowed = most * (expected.sizes[i] < 1e20 ? untouched : expected.sizes[i]);
        const bool same =
            is_finite(expected.sums[i]) ? std::abs(value - expected.sums[i]) <= allowed : !is_finite(value);
        if (!same && wrong++ == 0) first = fmt::format("element {} is {}, expected {}", i, value, expected.sums[i]);
    }
    return wrong == 0 ? "" : fmt::format("{} of {} results differ: {}", wrong, got.size(), first);
}

std::vector<const ConvolutionEngine*> engines() {
    std::vector<const ConvolutionEngine*> all = {&convolution_engine_baseline()};
    if (cpu().avx2 && cpu().fma) all.push_back(&convolution_engine_avx2());
    if (cpu().avx512()) all.push_back(&convolution_engine_avx512());
    return all;
}

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kOdd[] = {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN(), 3e38F, 1e30F};
constexpr Direction kDirections[] = {Direction::forward, Direction::input_gradient, Direction::kernel_gradient};

void check(Method method, std::int64_t taps, double most, int problems) {
    for (const std::uint64_t seed : test::seeds(problems)) {
        Rng rng(seed);
        const Problem whole = draw_problem(rng, taps);
        for (Direction direction : kDirections) {
            for (std::size_t poisoned = 0; poisoned < 3; ++poisoned) {
                if (poisoned == static_cast<std::size_t>(direction)) continue;
                Problem problem = whole;
                Floats& tensor = problem.tensors[poisoned];
                const auto place = static_cast<std::size_t>(rng.uniform() * static_cast<double>(tensor.size()));
                const float odd = kOdd[static_cast<std::size_t>(rng.uniform() * 5)];
                tensor[place] = odd;
                const Expected expected = expected_of(problem, direction);
                for (const ConvolutionEngine* engine : engines()) {
                    const Floats got = run(problem, *engine, method, direction, kConvolutionParts);
                    const std::string wrong = difference(expected, got, most);
                    EXPECT_EQ(wrong, "") << problem.describe()
                                         << fmt::format(", direction {}, tensor {} has {} at {}; seed {}",
                                                        static_cast<int>(direction), poisoned, odd, place, seed);
                    const Floats in_parts = run(problem, *engine, method, direction, 9);
                    EXPECT_EQ(std::memcmp(in_parts.data(), got.data(), got.size() * sizeof(float)), 0)
                        << problem.describe() << ", direction " << static_cast<int>(direction);
                }
            }
        }
    }
}

TEST(OddNumber, StaysWhereItIsReadByBlocks) {
    check(Method::blocks, 0, 2e-6, 150);
}

TEST(OddNumber, StaysWhereItIsReadBySmallWinograd) {
    check(Method::winograd2, 3, 4e-6, 60);
}

TEST(OddNumber, StaysWhereItIsReadByWinograd) {
    check(Method::winograd4, 3, 4e-5, 60);
}

TEST(OddNumber, StaysWhereItIsReadByWinogradOfFiveTaps) {
    check(Method::winograd4, 5, 4e-5, 40);
}

// The case that it was found by: hundreds of results beside the pixel were nan.
TEST(OddNumber, OfOnePixelReachesNineResultsOfEachKernel) {
    Rng rng(1);
    Problem problem = draw_problem(rng, 3);
    ConvolutionShape& s = problem.shape;
    s = {};
    s.groups = 1;
    s.in = s.out = 64;
    s.height = s.width = s.result_height = s.result_width = 56;
    s.taps_h = s.taps_w = 3;
    s.stride_h = s.stride_w = s.dilation_h = s.dilation_w = s.top = s.left = 1;
    s.image = s.result = {64 * 56 * 56, 0, 56 * 56, 56, 1};
    s.kernel_out = 64 * 9, s.kernel_in = 9, s.kernel_row = 3, s.kernel_column = 1;
    problem.batch = 1;
    for (std::size_t i : {0U, 1U}) problem.tensors[i].assign(64 * 56 * 56, 1);
    problem.tensors[2].assign(std::size_t{64} * 64 * 9, 0.5F);
    problem.tensors[1][20 * 56 * 56 + 30 * 56 + 30] = kInfinity;
    const Floats y = run(problem, *engines().back(), Method::winograd4, Direction::forward, kConvolutionParts);
    EXPECT_EQ(std::ranges::count_if(y, [](float each) { return each == kInfinity; }), 9 * 64);
    EXPECT_EQ(std::ranges::count_if(y, [](float each) { return is_finite(each); }), 64 * (56 * 56 - 9));
}

}  // namespace
}  // namespace ricci::runtime
