/// \file tests/runtime/image_rows_test.cpp
/// Images as numbers: decoding, padding, channels, scales, random changes, and the order of an epoch.
#include "runtime/data/image_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "runtime/data/digits.h"
#include "tests/runtime/refusal.h"

namespace ricci::runtime {
namespace {

/// One image of the pixels 1, 2, 3, ...; in each channel on from the one before.
Dataset counted(std::int64_t channels, std::int64_t height, std::int64_t width) {
    Dataset data{.name = "counted",
                 .count = 1,
                 .height = height,
                 .width = width,
                 .classes = 1,
                 .labels = {0},
                 .channels = channels};
    data.pixels.resize(static_cast<std::size_t>(channels * height * width));
    std::iota(data.pixels.begin(), data.pixels.end(), std::uint8_t{1});
    return data;
}

/// The elements of image 0 as pixels again.
std::vector<int> pixels_of(const Dataset& data, const ImageForm& form, const Change& change = {}) {
    const ImageRows rows(data, form);
    std::vector<float> elements(static_cast<std::size_t>(rows.elements()), -1);
    rows.fill(0, change, elements.data());
    std::vector<int> pixels;
    for (float element : elements) pixels.push_back(static_cast<int>(element * 255 + 0.5F));
    return pixels;
}

TEST(ImageRows, DecodeAndPadWithBlack) {
    const Dataset data{
        .name = "one", .count = 1, .height = 2, .width = 2, .classes = 1, .pixels = {20, 21, 22, 255}, .labels = {0}};
    const ImageRows rows(data, {.height = 4, .width = 4});
    std::vector<double> image(16, -1);
    rows.fill(0, {}, image.data());
    EXPECT_EQ(image, (std::vector<double>{0, 0, 0, 0, 0, 20.0 / 255, 21.0 / 255, 0, 0, 22.0 / 255, 1, 0, 0, 0, 0, 0}));
}

TEST(ImageRows, ChannelsStandBeforeOrAfter) {
    const Dataset data = counted(2, 1, 2);
    EXPECT_EQ(pixels_of(data, {}), (std::vector{1, 2, 3, 4}));
    EXPECT_EQ(pixels_of(data, {.channels_last = true}), (std::vector{1, 3, 2, 4}));
    EXPECT_EQ(pixels_of(data, {.width = 3, .channels_last = true}), (std::vector{1, 3, 2, 4, 0, 0}));
}

TEST(ImageRows, AMovedImageLetsBlackInAndLosesWhatPassesTheEdge) {
    const Dataset data = counted(1, 2, 3);
    EXPECT_EQ(pixels_of(data, {}, {.right = 1}), (std::vector{0, 1, 2, 0, 4, 5}));
    EXPECT_EQ(pixels_of(data, {}, {.down = -1, .right = -2}), (std::vector{6, 0, 0, 0, 0, 0}));
    EXPECT_EQ(pixels_of(data, {.height = 4, .width = 5}, {.down = 1, .right = 1}),
              (std::vector{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 4, 5, 6}));
    EXPECT_EQ(pixels_of(data, {}, {.mirrored = true}), (std::vector{3, 2, 1, 6, 5, 4}));
    EXPECT_EQ(pixels_of(data, {}, {.right = 1, .mirrored = true}), (std::vector{0, 3, 2, 0, 6, 5}));
}

TEST(ImageRows, ChangesAreTheSameInBothOrdersOfChannels) {
    const Dataset data = counted(3, 3, 4);
    for (std::int64_t number = 0; number < 50; ++number) {
        const Change change = draw_change(2, true, 1, 1, number);
        const std::vector<int> planes = pixels_of(data, {.height = 4, .width = 6}, change);
        const std::vector<int> last = pixels_of(data, {.height = 4, .width = 6, .channels_last = true}, change);
        for (std::size_t c = 0; c < 3; ++c) {
            for (std::size_t at = 0; at < 24; ++at) EXPECT_EQ(planes[c * 24 + at], last[at * 3 + c]);
        }
    }
}

TEST(ImageRows, DrawnChangesCoverTheirRangeAndDependOnThreeNumbers) {
    std::set<std::tuple<std::int64_t, std::int64_t, bool>> seen;
    const auto draw = [](std::uint64_t seed, std::int64_t epoch, std::int64_t sample) {
        const Change change = draw_change(1, true, seed, epoch, sample);
        return std::tuple(change.down, change.right, change.mirrored);
    };
    for (std::int64_t sample = 0; sample < 500; ++sample) seen.insert(draw(1, 1, sample));
    EXPECT_EQ(seen.size(), 18U);  // 3 x 3 places, mirrored or not
    const auto differ = [&](std::uint64_t seed, std::int64_t epoch) {
        int differing = 0;
        for (std::int64_t sample = 0; sample < 100; ++sample)
            differing += draw(1, 1, sample) != draw(seed, epoch, sample);
        return differing;
    };
    EXPECT_EQ(differ(1, 1), 0);
    EXPECT_GT(differ(2, 1), 80);
    EXPECT_GT(differ(1, 2), 80);
}

TEST(ImageRows, AStandardScaleGivesMeanZeroAndDeviationOneAndPadsWithBlack) {
    const Dataset data = draw_digits(50, 3);
    const PixelScale scale = standard_scale(data);
    EXPECT_EQ(channel_scales(data)[0].mean, scale.mean);
    EXPECT_EQ(channel_scales(data)[0].deviation, scale.deviation);
    const ImageRows rows(data, {.scales = {scale}});
    std::vector<double> image(28 * 28);
    double sum = 0;
    double squares = 0;
    for (std::int64_t i = 0; i < 50; ++i) {
        rows.fill(i, {}, image.data());
        for (double pixel : image) sum += pixel, squares += pixel * pixel;
    }
    EXPECT_NEAR(sum / (50 * 28 * 28), 0, 1e-9);
    EXPECT_NEAR(squares / (50 * 28 * 28), 1, 1e-9);
    std::vector<double> padded(32 * 32);
    ImageRows(data, {.height = 32, .width = 32, .scales = {scale}}).fill(0, {}, padded.data());
    EXPECT_DOUBLE_EQ(padded[0], -scale.mean / scale.deviation);
}

TEST(ImageRows, EachChannelHasItsOwnScale) {
    const Dataset data{.name = "two",
                       .count = 2,
                       .height = 1,
                       .width = 1,
                       .classes = 1,
                       .pixels = {0, 51, 255, 51},
                       .labels = {0, 0},
                       .channels = 2};
    const std::vector<PixelScale> scales = channel_scales(data);
    ASSERT_EQ(scales.size(), 2U);
    EXPECT_DOUBLE_EQ(scales[0].mean, 0.5);
    EXPECT_DOUBLE_EQ(scales[0].deviation, 0.5);
    EXPECT_DOUBLE_EQ(scales[1].mean, 0.2);
    EXPECT_EQ(scales[1].deviation, 1);  // of one colour
    std::vector<double> image(2);
    ImageRows(data, {.scales = scales}).fill(1, {}, image.data());
    EXPECT_DOUBLE_EQ(image[0], 1);
    EXPECT_NEAR(image[1], 0, 1e-15);
}

TEST(ImageRows, AnEpochHoldsEverySampleOnceInAnOrderOfItsOwn) {
    std::vector<std::int64_t> first = shuffled_order(100, 1, 0);
    EXPECT_EQ(first, shuffled_order(100, 1, 0));
    EXPECT_NE(first, shuffled_order(100, 1, 1));
    EXPECT_NE(first, shuffled_order(100, 2, 0));
    std::ranges::sort(first);
    std::vector<std::int64_t> all(100);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(first, all);
}

TEST(ImageRows, ImpossibleFormsAreRefused) {
    const Dataset data = counted(3, 2, 2);
    EXPECT_EQ(refusal([&] { ImageRows(data, {.height = 1}); }),
              "cannot pad images of height 2 to 1: it would cut them");
    EXPECT_EQ(refusal([&] {
                  ImageRows(data, {.scales = {{}, {}}});
              }),
              "data set counted: 2 scales for 3 channels; give one for each, or one for all");
}

}  // namespace
}  // namespace ricci::runtime
