/// \file tests/frontend/pools_test.cpp
/// Pools of volumes and of steps, the places of largest elements and the way back from them.
#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <set>
#include <tuple>

#include "ricci.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

std::vector<float> waves(std::size_t count) {
    std::vector<float> all(count);
    for (std::size_t i = 0; i < count; ++i) all[i] = std::sin(static_cast<float>(i * i % 97));
    return all;
}

TEST(Pools, OfVolumesAndOfPowers) {
    Model m("m");
    const Tensor x = m.input("x", f32, {batch(), channel(2), depth(5), height(6), width(4)});
    EXPECT_EQ(fmt::format("{}", max_pool3d(x, {.window = 2})), "pool1: f32[batch ?, channel 2, depth 2, height 3, width 2]");
    EXPECT_EQ(fmt::format("{}", avg_pool3d(x, {.window = {2, 3, 1}, .stride = {1, 2, 1}, .padding = {1, 0, 0}})),
              "pool2: f32[batch ?, channel 2, depth 6, height 2, width 4]");
    EXPECT_EQ(fmt::format("{}", max_pool3d(x, {.window = 2, .ceil = true, .name = "up"})),
              "up: f32[batch ?, channel 2, depth 3, height 3, width 2]");
    const Tensor sound = m.input("sound", f32, {batch(), time(9), channel(2)});
    EXPECT_EQ(fmt::format("{}", lp_pool1d(sound, {.window = 3, .stride = 2}, 3)), "pool3: f32[batch ?, time 4, channel 2]");
    EXPECT_EQ(fmt::format("{}", lp_pool1d(sound, {.window = 2, .ceil = true})), "pool4: f32[batch ?, time 5, channel 2]");
    EXPECT_EQ(fmt::format("{}", max_pool1d(sound, {.window = 4, .stride = 3, .padding = 1, .ceil = true})),
              "pool5: f32[batch ?, time 4, channel 2]");
}

TEST(Pools, TakeStridesAsConvolutionsDo) {
    Model m("m");
    const Tensor x = m.input("x", f32, {batch(), channel(2), height(9), width(9)});
    const TensorType expected{f32, {batch(), channel(2), height(4), width(3)}};
    EXPECT_EQ(conv2d(x, {.out = 2, .kernel = 2, .stride = {2, 3}}).type(), expected);
    EXPECT_EQ(max_pool2d(x, {.window = 2, .stride = {2, 3}}).type(), expected);
    EXPECT_EQ(avg_pool2d(x, {.window = 2, .stride = Pair(2, 3)}).type(), expected);
    EXPECT_EQ(lp_pool2d(x, {.window = 2, .stride = {2, 3}}).type(), expected);
    const TensorType even{f32, {batch(), channel(2), height(4), width(4)}};
    EXPECT_EQ(max_pool2d(x, {.window = 2, .stride = 2}).type(), even);
    EXPECT_EQ(max_pool2d(x, {.window = 2, .stride = {}}).type(), even) << "the window's size";
    PoolOptions changed{.window = 2};
    changed.stride = {2, 3};
    EXPECT_EQ(max_pool2d(x, changed).type(), expected);
}

/// Pools of sequences and of volumes are those of images with one row, or with one slice.
TEST(Pools, OfStepsImagesAndVolumesAreTheSame) {
    constexpr std::int64_t kRows = 6, kColumns = 9;
    for (const bool largest : {false, true}) {
        for (const std::int64_t dilation : {1, 2}) {
            for (const bool inside_alone : {false, true}) {
                if (largest ? inside_alone : dilation != 1) continue;
                Model m("m");
                const Tensor line = m.input("line", f32, {batch(), channel(2), time(kColumns)});
                const Tensor image = m.input("image", f32, {batch(), channel(2), height(kRows), width(kColumns)});
                const Pool1dOptions of_line{.window = 3, .stride = 2, .padding = 1, .ceil = true, .dilation = dilation,
                                            .count_padding = !inside_alone};
                const PoolOptions of_row{.window = {1, 3}, .stride = Pair(1, 2), .padding = {0, 1}, .ceil = true,
                                         .dilation = {1, dilation}, .count_padding = !inside_alone};
                const PoolOptions of_image{.window = {2, 3}, .stride = {2, 2}, .padding = {1, 1}, .ceil = true,
                                           .dilation = {dilation, dilation}, .count_padding = !inside_alone};
                const Pool3dOptions of_volume{.window = {1, 2, 3}, .stride = Triple(1, 2, 2), .padding = {0, 1, 1}, .ceil = true,
                                              .dilation = {1, dilation, dilation}, .count_padding = !inside_alone};
                const Tensor row = reshape(line, {batch(), channel(2), height(1), width(kColumns)});
                const Tensor volume = reshape(image, {batch(), channel(2), depth(1), height(kRows), width(kColumns)});
                std::vector<Tensor> results;
                if (largest) {
                    const PooledWithIndices steps = max_pool1d_with_indices(line, of_line);
                    const PooledWithIndices columns = max_pool2d_with_indices(row, of_row);
                    results = {steps.values, columns.values, max_pool2d(image, of_image), max_pool3d(volume, of_volume)};
                    results.insert(results.end(), {adaptive_max_pool1d(line, 4), adaptive_max_pool2d(row, {1, 4}),
                                                   adaptive_max_pool2d(image, {4, 2}), adaptive_max_pool3d(volume, {1, 4, 2})});
                    results.insert(results.end(), {global_max_pool1d(line), global_max_pool2d(row), global_max_pool2d(image),
                                                   global_max_pool3d(volume), steps.indices, columns.indices});
                } else {
                    results = {avg_pool1d(line, of_line), avg_pool2d(row, of_row), avg_pool2d(image, of_image),
                               avg_pool3d(volume, of_volume)};
                    results.insert(results.end(), {adaptive_avg_pool1d(line, 4), adaptive_avg_pool2d(row, {1, 4}),
                                                   adaptive_avg_pool2d(image, {4, 2}), adaptive_avg_pool3d(volume, {1, 4, 2})});
                    results.insert(results.end(), {global_avg_pool1d(line), global_avg_pool2d(row), global_avg_pool2d(image),
                                                   global_avg_pool3d(volume)});
                }
                Function f = compile_forced(forward(results), {.threads = 1});
                const Results got = f({{"line", Array(waves(2 * 2 * kColumns), {batch(2), channel(2), time(kColumns)})},
                                       {"image", Array(waves(2 * 2 * kRows * kColumns),
                                                       {batch(2), channel(2), height(kRows), width(kColumns)})}});
                for (std::size_t i = 0; i < results.size(); i += 2) {
                    if (got[i].dtype() == i64) {
                        EXPECT_EQ(got[i].to_vector<std::int64_t>(), got[i + 1].to_vector<std::int64_t>()) << i;
                        continue;
                    }
                    const std::vector<float> found = got[i].to_vector<float>(), expected = got[i + 1].to_vector<float>();
                    ASSERT_EQ(found.size(), expected.size()) << i;
                    for (std::size_t at = 0; at < found.size(); ++at) EXPECT_NEAR(found[at], expected[at], 1e-6) << i << " " << at;
                }
            }
        }
    }
}

/// By loops: step p of the mean of the elements that a window has inside the sequence, and the largest of dilated ones.
TEST(Pools, OfStepsByLoops) {
    constexpr std::int64_t kSteps = 9, kWindow = 3, kStride = 2;
    Model m("m");
    const Tensor x = m.input("x", f64, {batch(), channel(1), time(kSteps)});
    const Tensor mean = avg_pool1d(x, {.window = kWindow, .stride = kStride, .padding = 1, .count_padding = false});
    const Tensor most = max_pool1d(x, {.window = kWindow, .stride = kStride, .padding = 1, .dilation = 2});
    Function f = compile_forced(forward({mean, most, adaptive_avg_pool1d(x, 4)}), {.threads = 1});
    std::vector<double> xs(kSteps);
    for (std::size_t i = 0; i < xs.size(); ++i) xs[i] = std::sin(static_cast<double>(i * i));
    const Results got = f({{"x", Array(xs, {batch(1), channel(1), time(kSteps)})}});
    const auto read = [&](std::int64_t at) { return at < 0 || at >= kSteps ? std::nullopt : std::optional(xs[static_cast<std::size_t>(at)]); };
    ASSERT_EQ(got[0].to_vector<double>().size(), 5U);
    ASSERT_EQ(got[1].to_vector<double>().size(), 4U);
    for (std::int64_t p = 0; p < 5; ++p) {
        double sum = 0, count = 0, largest = -INFINITY;
        for (std::int64_t tap = 0; tap < kWindow; ++tap) {
            if (const auto one = read(kStride * p + tap - 1)) sum += *one, ++count;
            if (const auto one = read(kStride * p + 2 * tap - 1)) largest = std::max(largest, *one);
        }
        EXPECT_NEAR(got[0].to_vector<double>()[static_cast<std::size_t>(p)], sum / count, 1e-12) << p;
        if (p < 4) {
            EXPECT_EQ(got[1].to_vector<double>()[static_cast<std::size_t>(p)], largest) << p;
        }
    }
    for (std::int64_t p = 0; p < 4; ++p) {
        const std::int64_t begin = p * kSteps / 4, end = ((p + 1) * kSteps + 3) / 4;
        double sum = 0;
        for (std::int64_t at = begin; at < end; ++at) sum += xs[static_cast<std::size_t>(at)];
        EXPECT_NEAR(got[2].to_vector<double>()[static_cast<std::size_t>(p)], sum / static_cast<double>(end - begin), 1e-12) << p;
    }
}

TEST(Pools, OfVolumesRefuseWhatDoesNotFit) {
    Model m("m");
    const Tensor x = m.input("x", f32, {batch(), channel(2), depth(2), height(6), width(4)});
    const Tensor sound = m.input("sound", f32, {batch(), time(9), channel(2)});
    EXPECT_EQ(refusal_text([&] { max_pool3d(x, {}); }), "max_pool3d \"pool1\": window is 0; it is at least 1");
    EXPECT_EQ(refusal_text([&] { avg_pool3d(x, {.window = 2, .dilation = 2}); }),
              "avg_pool3d \"pool1\": dilation is 2 by 2 by 2; only max_pool3d takes one");
    EXPECT_EQ(refusal_text([&] { max_pool3d(x, {.window = 3}); }),
              "max_pool3d \"pool1\": windows of 3 slices do not fit into x: depth 2, pad_front 0, pad_back 0");
    EXPECT_EQ(refusal_text([&] { max_pool3d(x, {.window = 2, .padding = {0, 2, 0}}); }),
              "max_pool3d \"pool1\": padding of 2 rows is more than half a window of 2");
    EXPECT_EQ(refusal_text([&] { lp_pool1d(sound, {.window = 3, .padding = 1}); }),
              "lp_pool1d \"pool1\": padding is 1 and 1; it has none: pad the input");
    EXPECT_EQ(refusal_text([&] { lp_pool1d(sound, {.window = 2, .dilation = 2}); }),
              "lp_pool1d \"pool1\": dilation is 2; only max_pool1d takes one");
    EXPECT_EQ(refusal_text([&] { avg_pool1d(sound, {.window = 2, .dilation = 3}); }),
              "avg_pool1d \"pool1\": dilation is 3; only max_pool1d takes one");
    EXPECT_EQ(refusal_text([&] { max_pool1d(sound, {.window = 5, .dilation = 3}); }),
              "max_pool1d \"pool1\": windows of 13 steps do not fit into x (sound): time 9, pad_before 0, pad_after 0");
    EXPECT_EQ(refusal_text([&] { lp_pool1d(sound, {.window = 10}); }),
              "lp_pool1d \"pool1\": windows of 10 steps do not fit into x (sound): time 9");
    EXPECT_EQ(refusal_text([&] { max_unpool2d(x, x, 0, 4); }), "max_unpool2d: rows is 0; it is at least 1");
    EXPECT_EQ(refusal_text([&] { max_unpool1d(x, x, 0); }), "max_unpool1d: steps is 0; it is at least 1");
    EXPECT_EQ(refusal_text([&] { max_unpool3d(x, x, {2, 0, 4}); }), "max_unpool3d: rows is 0; it is at least 1");
}

/// The place in its image of the first largest element of each window, by loops over the windows.
TEST(Pools, SayWhereTheLargestElementsAre) {
    constexpr std::int64_t kHeight = 7, kWidth = 6, kWindow = 3, kStride = 2, kPad = 1, kRows = 4, kColumns = 3;
    for (const bool channels_last : {false, true}) {
        for (const Engine engine : {Engine::jit, Engine::interpreter}) {
            Model m("m");
            const auto axes = [&](Axis first, Axis rows, Axis columns) {
                return channels_last ? std::vector{first, rows, columns, channel(2)} : std::vector{first, channel(2), rows, columns};
            };
            const Tensor x = m.input("x", f32, axes(batch(), height(kHeight), width(kWidth)));
            const PooledWithIndices pooled = max_pool2d_with_indices(x, {.window = kWindow, .stride = kStride, .padding = kPad});
            EXPECT_EQ(pooled.indices.name(), "pool1.indices");
            EXPECT_EQ(pooled.indices.dtype(), i64);
            const Tensor back = max_unpool2d(pooled.values, pooled.indices, kHeight, kWidth);
            Function f = compile_forced(forward({pooled.values, pooled.indices, back}), {.threads = 2, .engine = engine});
            const std::vector<float> xs = waves(2 * 2 * kHeight * kWidth);
            const Results got = f({{"x", Array(xs, axes(batch(2), height(kHeight), width(kWidth)))}});
            const auto at = [&](std::int64_t b, std::int64_t c, std::int64_t y, std::int64_t v, std::int64_t h, std::int64_t w) {
                return static_cast<std::size_t>(channels_last ? ((b * h + y) * w + v) * 2 + c : ((b * 2 + c) * h + y) * w + v);
            };
            std::vector<float> unpooled(xs.size(), 0);
            for (std::int64_t b = 0; b < 2; ++b)
                for (std::int64_t c = 0; c < 2; ++c)
                    for (std::int64_t p = 0; p < kRows; ++p)
                        for (std::int64_t q = 0; q < kColumns; ++q) {
                            float largest = -INFINITY;
                            std::int64_t place = -1;
                            for (std::int64_t y = kStride * p - kPad; y < kStride * p - kPad + kWindow; ++y)
                                for (std::int64_t v = kStride * q - kPad; v < kStride * q - kPad + kWindow; ++v) {
                                    if (y < 0 || v < 0 || y >= kHeight || v >= kWidth) continue;
                                    const float one = xs[at(b, c, y, v, kHeight, kWidth)];
                                    if (one > largest) largest = one, place = y * kWidth + v;
                                }
                            const std::size_t to = at(b, c, p, q, kRows, kColumns);
                            EXPECT_EQ(got[0].span<float>()[to], largest);
                            EXPECT_EQ(got[1].span<std::int64_t>()[to], place);
                            unpooled[at(b, c, place / kWidth, place % kWidth, kHeight, kWidth)] += largest;
                        }
            EXPECT_EQ(got[2].to_vector<float>(), unpooled);
        }
    }
}

TEST(Pools, NameAnElementOfTheImageWhereAllAreInfinite) {
    Model m("m");
    const Tensor x = m.input("x", f32, {batch(), channel(1), height(2), width(2)});
    const PooledWithIndices pooled = max_pool2d_with_indices(x, {.window = 2, .stride = 2, .padding = 1});
    Function f = compile_forced(pooled.indices, {.threads = 1});
    const Array given(std::vector<float>(4, -INFINITY), {batch(1), channel(1), height(2), width(2)});
    EXPECT_EQ(f({{"x", given}})[0].to_vector<std::int64_t>(), (std::vector<std::int64_t>{0, 1, 2, 3}));
}

TEST(Pools, TheGradientOfUnpoolingReadsWhereItWrote) {
    Model m("m");
    const Tensor x = m.input("x", f64, {batch(), channel(1), height(1), width(2)});
    const Tensor ids = m.input("ids", i64, {batch(), channel(1), height(1), width(2)});
    const Tensor g = m.input("g", f64, {batch(), channel(1), height(2), width(3)});
    Function f = compile_forced(gradients(sum(max_unpool2d(x, ids, 2, 3) * g), {x}), {.threads = 1});
    const std::vector<Axis> small = {batch(1), channel(1), height(1), width(2)};
    const Array xs(std::vector<double>{5, 7}, small), back(std::vector<double>{1, 2, 3, 4, 5, 6}, {batch(1), channel(1), height(2), width(3)});
    const Array places(std::vector<std::int64_t>{4, 0}, small);
    const Results got = f({{"x", xs}, {"ids", places}, {"g", back}});
    EXPECT_EQ(got["gradient.x"].to_vector<double>(), (std::vector<double>{5, 1}));
    const Array outside(std::vector<std::int64_t>{4, 6}, small);
    EXPECT_EQ(refusal_text([&] { f({{"x", xs}, {"ids", outside}, {"g", back}}); }),
              "m: input \"ids\" is 6 at batch 0, channel 0, height 0, width 1 but numbers feature 6: 0 to 5");
}

TEST(Pools, AComputedPlaceThatIsNoneDropsItsElement) {
    Model m("m");
    const Tensor x = m.input("x", f64, {batch(), channel(1), time(3)});
    const Tensor ids = m.input("ids", i64, {batch(), channel(1), time(3)});
    Function f = compile_forced(max_unpool1d(x, ids - 1, 3), {.threads = 1});
    const std::vector<Axis> axes = {batch(1), channel(1), time(3)};
    const Results got = f({{"x", Array(std::vector<double>{1, 2, 4}, axes)}, {"ids", Array(std::vector<std::int64_t>{0, 3, 3}, axes)}});
    EXPECT_EQ(got[0].to_vector<double>(), (std::vector<double>{0, 0, 6})) << "and elements that meet are added";
}

/// Windows that do not overlap: the way back restores what was largest, and its gradient goes the same way.
TEST(Pools, OfStepsAndVolumesFindTheWayBack) {
    for (const Engine engine : {Engine::jit, Engine::interpreter}) {
        Model m("m");
        const Tensor sound = m.input("sound", f32, {batch(), time(7), channel(2)});
        const Tensor x = m.input("x", f32, {batch(), channel(2), depth(4), height(3), width(5)});
        const PooledWithIndices steps = max_pool1d_with_indices(sound, {.window = 2, .ceil = true});
        const PooledWithIndices volume = max_pool3d_with_indices(x, {.window = {2, 3, 2}, .padding = {0, 0, 1}, .dilation = {2, 1, 1}});
        EXPECT_EQ(volume.indices.name(), "pool2.indices");
        const Tensor back1 = max_unpool1d(steps.values, steps.indices, 7);
        const Tensor back3 = max_unpool3d(volume.values, volume.indices, {4, 3, 5});
        Function f = compile_forced(forward({steps.values, back1, volume.values, back3}), {.threads = 2, .engine = engine});
        const std::vector<float> sounds = waves(2 * 7 * 2), xs = waves(2 * 2 * 4 * 3 * 5);
        const Results got = f({{"sound", Array(sounds, {batch(2), time(7), channel(2)})},
                               {"x", Array(xs, {batch(2), channel(2), depth(4), height(3), width(5)})}});
        for (const auto& [given, pooled, back] : {std::tuple(sounds, got[0], got[1]), std::tuple(xs, got[2], got[3])}) {
            const std::vector<float> restored = back.to_vector<float>();
            std::multiset<float> found, largest;
            for (std::size_t i = 0; i < given.size(); ++i) {
                if (restored[i] == 0) continue;
                EXPECT_EQ(restored[i], given[i]) << i;
                found.insert(restored[i]);
            }
            for (const float one : pooled.to_vector<float>()) {
                if (one != 0) largest.insert(one);
            }
            EXPECT_EQ(found, largest);
        }
    }
}

}  // namespace
}  // namespace ricci::test
