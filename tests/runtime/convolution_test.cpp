/// \file tests/runtime/convolution_test.cpp
/// Every engine, method and direction of runtime::convolve against the seven loops in f64.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "ir/base/dtype.h"
#include "runtime/base/cpu.h"
#include "runtime/base/random.h"
#include "runtime/call/convolution/engine.h"
#include "tests/seed.h"

namespace ricci::runtime {
namespace {

using Direction = ConvolutionDirection;
using Method = ConvolutionMethod;
using Floats = std::vector<float>;

struct Case {
    std::int64_t batch, groups, in, out, height, width, taps_h, taps_w, stride, dilation, top, left;

    std::int64_t rows() const { return (height + 2 * top - dilation * (taps_h - 1) - 1) / stride + 1; }
    std::int64_t columns() const { return (width + 2 * left - dilation * (taps_w - 1) - 1) / stride + 1; }
    bool can(ConvolutionMethod method) const {
        if (method == Method::blocks || method == Method::bf16_blocks) return true;
        const bool small = taps_h == 3 || (taps_h == 5 && method == ConvolutionMethod::winograd4);
        return small && taps_w == taps_h && stride == 1 && dilation == 1;
    }

    /// Images in NCHW or NHWC order.
    ConvolutionShape shape(bool channel_last) const {
        const auto axes = [&](std::int64_t channels, std::int64_t h, std::int64_t w) {
            const std::int64_t all = groups * channels;
            return channel_last ? ConvolutionShape::Axes{all * h * w, channels, 1, w * all, all}
                                : ConvolutionShape::Axes{all * h * w, channels * h * w, h * w, w, 1};
        };
        const std::int64_t taps = taps_h * taps_w;
        return {groups,
                in,
                out,
                height,
                width,
                rows(),
                columns(),
                taps_h,
                taps_w,
                stride,
                stride,
                dilation,
                dilation,
                top,
                left,
                axes(in, height, width),
                axes(out, rows(), columns()),
                out * in * taps,
                in * taps,
                taps,
                taps_w,
                1};
    }
};

constexpr Case kCases[] = {{1, 1, 1, 1, 5, 5, 3, 3, 1, 1, 0, 0},     {2, 1, 3, 5, 9, 7, 3, 3, 1, 1, 1, 1},
                           {3, 2, 7, 9, 7, 7, 3, 3, 1, 1, 1, 1},     {2, 1, 70, 20, 13, 13, 3, 3, 1, 1, 1, 1},
                           {1, 1, 20, 70, 20, 37, 3, 3, 1, 1, 2, 2}, {2, 1, 3, 17, 23, 23, 5, 5, 2, 1, 2, 2},
                           {2, 2, 3, 6, 23, 19, 3, 2, 3, 2, 1, 1},   {1, 1, 3, 8, 30, 30, 11, 11, 4, 1, 0, 0},
                           {2, 1, 8, 16, 9, 9, 1, 1, 2, 1, 0, 0},    {2, 1, 4, 4, 12, 12, 3, 3, 2, 2, 3, 3},
                           {8, 1, 70, 66, 7, 7, 3, 3, 1, 1, 1, 1},   {2, 1, 5, 5, 2, 3, 3, 3, 1, 1, 1, 1},
                           {1, 1, 5, 5, 4, 4, 1, 1, 3, 1, 0, 0},     {2, 2, 3, 20, 15, 14, 7, 6, 2, 1, 3, 2},
                           {2, 1, 20, 70, 13, 17, 5, 5, 1, 1, 2, 2}, {3, 2, 3, 5, 6, 9, 5, 5, 1, 1, 0, 0},
                           {1, 1, 17, 9, 15, 14, 5, 4, 3, 1, 2, 1},  {1, 1, 64, 64, 40, 40, 3, 3, 1, 1, 1, 1},
                           {2, 40, 1, 1, 13, 12, 3, 3, 1, 1, 1, 1},  {3, 16, 1, 1, 9, 14, 3, 3, 2, 1, 1, 1},
                           {1, 7, 1, 1, 11, 12, 5, 6, 1, 2, 4, 3},   {2, 33, 1, 1, 12, 9, 2, 5, 3, 1, 0, 2},
                           {2, 1, 24, 261, 7, 7, 3, 3, 2, 1, 1, 1},  {1, 1, 261, 24, 6, 5, 3, 3, 1, 1, 1, 1},
                           // Of one tap: images that are copied row after row, and columns that no tap of a stride meets, of odd and even rows.
                           {2, 1, 20, 9, 6, 8, 1, 1, 1, 1, 0, 0},
                           {2, 1, 20, 18, 7, 37, 1, 1, 2, 1, 0, 0},
                           {1, 1, 18, 20, 10, 40, 1, 1, 2, 1, 0, 0},
                           {1, 1, 17, 3, 5, 5, 1, 1, 2, 1, 1, 1},
                           {1, 2, 17, 5, 9, 50, 2, 1, 2, 1, 0, 0},
                           {1, 1, 16, 5, 11, 23, 1, 1, 3, 1, 0, 0},
                           {1, 1, 3, 4, 13, 70, 3, 5, 2, 1, 1, 2}};

/// Numbers of the planes of one channel, by direction: of y, of x, and of w, where it is a pair of channels.
using Planes = std::array<std::int64_t, 3>;

/// Calls visit(place in x, place in w, place in y, planes).
template <typename Visit>
void for_each_product(const ConvolutionShape& s, std::int64_t batch, const Visit& visit) {
    for (std::int64_t b = 0; b < batch; ++b)
        for (std::int64_t g = 0; g < s.groups; ++g)
            for (std::int64_t o = 0; o < s.out; ++o)
                for (std::int64_t i = 0; i < s.in; ++i)
                    for (std::int64_t p = 0; p < s.result_height; ++p)
                        for (std::int64_t q = 0; q < s.result_width; ++q)
                            for (std::int64_t r = 0; r < s.taps_h; ++r)
                                for (std::int64_t c = 0; c < s.taps_w; ++c) {
                                    const std::int64_t y = p * s.stride_h + r * s.dilation_h - s.top;
                                    const std::int64_t x = q * s.stride_w + c * s.dilation_w - s.left;
                                    if (y < 0 || x < 0 || y >= s.height || x >= s.width) continue;
                                    visit(b * s.image.batch + g * s.image.group + i * s.image.channel +
                                              y * s.image.row + x * s.image.column,
                                          g * s.kernel_group + o * s.kernel_out + i * s.kernel_in + r * s.kernel_row +
                                              c * s.kernel_column,
                                          b * s.result.batch + g * s.result.group + o * s.result.channel +
                                              p * s.result.row + q * s.result.column,
                                          {(b * s.groups + g) * s.out + o, (b * s.groups + g) * s.in + i,
                                           (g * s.out + o) * s.in + i});
                                }
}

Floats draw(Rng& rng, std::int64_t count) {
    Floats floats(static_cast<std::size_t>(count));
    for (float& each : floats) each = static_cast<float>(2 * rng.uniform() - 1);
    return floats;
}

/// x, w and y of one convolution, what each direction gives in f64, and the absolute terms of each result.
/// \param rounds  the factors of the products are rounded to bf16.
struct Problem {
    Problem(const Case& c, bool channel_last, Rng& rng, bool rounds = false) : shape(c.shape(channel_last)), batch(c.batch) {
        tensors[0] = draw(rng, batch * shape.result.batch);
        tensors[1] = draw(rng, batch * shape.image.batch);
        tensors[2] = draw(rng, shape.groups * shape.kernel_group);
        for (std::size_t i = 0; i < 3; ++i) {
            expected[i].resize(tensors[i].size());
            terms[i].resize(tensors[i].size());
            plane[i].resize(tensors[i].size());
        }
        const auto add = [&](std::size_t i, std::int64_t place, double product, std::int64_t in_plane) {
            const auto at = static_cast<std::size_t>(place);
            expected[i][at] += product;
            terms[i][at] += std::abs(product);
            plane[i][at] = static_cast<std::size_t>(in_plane);
        };
        for_each_product(shape, batch, [&](std::int64_t x, std::int64_t w, std::int64_t y, const Planes& planes) {
            const auto at = [&](std::size_t i, std::int64_t place) {
                const float number = tensors[i][static_cast<std::size_t>(place)];
                return static_cast<double>(rounds ? round_to_bf16(number) : number);
            };
            add(0, y, at(1, x) * at(2, w), planes[0]);
            add(1, x, at(0, y) * at(2, w), planes[1]);
            add(2, w, at(0, y) * at(1, x), planes[2]);
        });
    }

    /// What one direction writes, in steps of so many parts.
    Floats run(const ConvolutionEngine& engine, Method method, Direction direction, std::int64_t step) const {
        std::vector<Floats> given(tensors, tensors + 3);
        Floats& written = given[static_cast<std::size_t>(direction)];
        std::fill(written.begin(), written.end(), std::nanf(""));
        for (std::int64_t part = 0; part < kConvolutionParts; part += step) {
            convolve_on(engine, method, direction, shape, batch, given[1].data(), given[2].data(), given[0].data(),
                        part, std::min(part + step, kConvolutionParts));
        }
        return written;
    }

    /// The largest error of an element over its own terms, or over the largest result where that is less. A result
    /// without terms is 0.
    /// \param of_planes  Winograd filters a tile at once: an element counts over the most terms in its plane.
    double error(const Floats& got, Direction direction, bool of_planes) const {
        const auto which = static_cast<std::size_t>(direction);
        const std::vector<double>& want = expected[which];
        double largest = 0, worst = 0;
        std::vector<double> most(want.size());  // by plane
        for (std::size_t i = 0; i < want.size(); ++i) {
            largest = std::max(largest, std::abs(want[i]));
            most[plane[which][i]] = std::max(most[plane[which][i]], terms[which][i]);
        }
        for (std::size_t i = 0; i < want.size(); ++i) {
            const double apart = std::abs(want[i] - static_cast<double>(got[i]));
            if (apart == 0) continue;
            const double own = std::min(of_planes ? most[plane[which][i]] : terms[which][i], largest);
            worst = std::max(worst, std::isnan(apart) || own == 0 ? INFINITY : apart / own);
        }
        return worst;
    }

    ConvolutionShape shape;
    std::int64_t batch;
    Floats tensors[3];  // y, x, w: in the order of the directions that write them
    std::vector<double> expected[3], terms[3];
    std::vector<std::size_t> plane[3];
};

std::vector<const ConvolutionEngine*> engines() {
    std::vector<const ConvolutionEngine*> all = {&convolution_engine_baseline()};
    if (cpu().avx2 && cpu().fma) all.push_back(&convolution_engine_avx2());
    if (cpu().avx512()) all.push_back(&convolution_engine_avx512());
    if (cpu().avx512_bf16) all.push_back(&convolution_engine_avx512_bf16());
    return all;
}

constexpr Direction kDirections[] = {Direction::forward, Direction::input_gradient, Direction::kernel_gradient};

void check(Method method, double most) {
    Rng rng(test::seed());
    const bool of_planes = method == Method::winograd2 || method == Method::winograd4;
    double worst = 0;
    for (const Case& c : kCases) {
        if (!c.can(method)) continue;
        for (bool channel_last : {false, true}) {
            const Problem problem(c, channel_last, rng, method == Method::bf16_blocks);
            for (const ConvolutionEngine* engine : engines()) {
                for (Direction direction : kDirections) {
                    const double error =
                        problem.error(problem.run(*engine, method, direction, kConvolutionParts), direction, of_planes);
                    EXPECT_LE(error, most) << fmt::format("{} -> {} channels, {} x {}, direction {}", c.in, c.out,
                                                          c.height, c.width, static_cast<int>(direction));
                    worst = std::max(worst, error);
                }
            }
        }
    }
    fmt::print("largest error {:.1e} of the terms\n", worst);
}

TEST(Convolution, BlocksAreExactToRounding) {
    check(Method::blocks, 1e-6);
}

TEST(Convolution, BlocksOfBf16AreExactToTheirRounding) {
    check(Method::bf16_blocks, 2e-6);
}

TEST(Convolution, SmallWinogradStaysInItsErrorBound) {
    check(Method::winograd2, 2e-6);
}

TEST(Convolution, WinogradStaysInItsErrorBound) {
    check(Method::winograd4, 2e-5);
}

TEST(Convolution, HasTheSameBitsHoweverItsPartsAreSplit) {
    Rng rng(test::seed());
    for (const Case& c : kCases) {
        for (bool channel_last : {false, true}) {
            const Problem problem(c, channel_last, rng);
            for (Method method : {Method::blocks, Method::bf16_blocks, Method::winograd2, Method::winograd4}) {
                if (!c.can(method)) continue;
                for (const ConvolutionEngine* engine : engines()) {
                    for (Direction direction : kDirections) {
                        const Floats whole = problem.run(*engine, method, direction, kConvolutionParts);
                        for (std::int64_t step : {std::int64_t{1}, std::int64_t{9}, kConvolutionParts / 2}) {
                            EXPECT_EQ(problem.run(*engine, method, direction, step), whole)
                                << fmt::format("{} -> {} channels, channel last {}, direction {}", c.in, c.out,
                                               channel_last, static_cast<int>(direction));
                        }
                    }
                }
            }
        }
    }
}

}  // namespace
}  // namespace ricci::runtime
