/// \file tests/frontend/transposed_convolutions_test.cpp
/// Transposed convolutions in C++: what each option does to the extents, to the parameters and to the values.
#include <gtest/gtest.h>

#include <cmath>

#include "ir/text/parser.h"
#include "ricci.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

TEST(TransposedConvolutions, TakeTheOptionsOfAConvolution) {
    Model m("m");
    const Tensor x = m.input("x", f32, {batch(), channel(4), height(5), width(3)});
    EXPECT_EQ(fmt::format("{}", conv_transpose2d(x, {.out = 6, .kernel = 3, .stride = 2, .padding = 1}, 1)),
              "conv1: f32[batch ?, channel 6, height 10, width 6]");
    EXPECT_EQ(to_string(m["conv1.kernel"].type()), "f32[channel 4, channel 6, tap_h 3, tap_w 3]");
    EXPECT_EQ(to_string(m["conv1.bias"].type()), "f32[channel 6]");
    const Conv2dOptions uneven{.out = 2, .kernel = {3, 2}, .stride = {1, 2}, .padding = {1, 0, 0, 1}, .dilation = {2, 1},
                               .groups = 2, .bias = false, .name = "up"};
    EXPECT_EQ(fmt::format("{}", conv_transpose2d(x, uneven)), "up: f32[batch ?, channel 2, height 8, width 5]");
    EXPECT_EQ(to_string(m["up.kernel"].type()), "f32[channel 4, channel 1, tap_h 3, tap_w 2]");
    EXPECT_EQ(refusal_text([&] { conv_transpose2d(x, {.out = 3, .kernel = 2, .groups = 2}); }),
              "conv_transpose2d \"conv2\": groups is 2, which does not divide both the 4 channels of x and the 3 of the result");
    EXPECT_EQ(refusal_text([&] { conv_transpose2d(x, {.out = 3, .kernel = 2}, -1); }),
              "conv_transpose2d \"conv2\": output_padding is -1; it is at least 0");
}

TEST(TransposedConvolutions, AddAScaledKernelForEachElement) {
    constexpr int kIn = 2, kOut = 3, kRows = 3, kColumns = 2, kTaps = 3, kStride = 2, kPad = 1, kHeight = 6, kWidth = 4;
    Model m("m");
    const Tensor x = m.input("x", f64, {batch(1), channel(kIn), height(kRows), width(kColumns)});
    const Tensor y = conv_transpose2d(x, {.out = kOut, .kernel = kTaps, .stride = kStride, .padding = kPad}, 1);
    Function f = compile_forced(y, {.threads = 1});
    std::vector<double> xs(kIn * kRows * kColumns);
    for (std::size_t i = 0; i < xs.size(); ++i) xs[i] = std::sin(static_cast<double>(i));
    const Array got = f(xs)[0];
    const std::vector<double> kernel = f.parameters()["conv1.kernel"].to_vector<double>();
    const std::vector<double> bias = f.parameters()["conv1.bias"].to_vector<double>();
    std::vector<double> expected(kOut * kHeight * kWidth);
    for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = bias[i / (kHeight * kWidth)];
    for (int c = 0; c < kIn; ++c)
        for (int o = 0; o < kOut; ++o)
            for (int p = 0; p < kRows; ++p)
                for (int q = 0; q < kColumns; ++q)
                    for (int r = 0; r < kTaps; ++r)
                        for (int s = 0; s < kTaps; ++s) {
                            const int h = kStride * p + r - kPad, w = kStride * q + s - kPad;
                            if (h < 0 || w < 0 || h >= kHeight || w >= kWidth) continue;
                            expected[static_cast<std::size_t>((o * kHeight + h) * kWidth + w)] +=
                                xs[static_cast<std::size_t>((c * kRows + p) * kColumns + q)] *
                                kernel[static_cast<std::size_t>(((c * kOut + o) * kTaps + r) * kTaps + s)];
                        }
    EXPECT_TRUE(is_close(got, Array(expected, {batch(1), channel(kOut), height(kHeight), width(kWidth)}), 1e-12, 1e-12))
        << fmt::format("{}", got);
}

/// Below 1 there is no extent, and -1 is not the open one. OpConformance drew it on 2026-11-30.
TEST(TransposedConvolutions, OfNothingAreRefused) {
    for (const int padding : {1, 2, 3, 4}) {
        SCOPED_TRACE(padding);
        const int extent = 2 - padding;  // one image row of 1, taps of 2, padding on one side
        const auto of = [&] {
            return ir::parse(fmt::format("ricci 1 model\ninput x: f32[batch ?, channel 1, time 1]\n"
                                         "input k: f32[channel 1, channel 1, tap_time 2]\n"
                                         "y = conv_transpose1d(x, k, pad_before = {})\noutput y\n",
                                         padding));
        };
        if (extent == 1) {
            EXPECT_NO_THROW(of());
        } else {
            EXPECT_NE(refusal_text(of).find(fmt::format("the time of the result would be {}: P = ", extent)), std::string::npos)
                << refusal_text(of);
        }
        Model m("m");
        const Tensor x = m.input("x", f32, {batch(), channel(1), height(1), width(3)});
        const auto layer = [&] { conv_transpose2d(x, {.out = 1, .kernel = {2, 1}, .padding = {padding, 0, 0, 0}}); };
        if (extent == 1) {
            EXPECT_NO_THROW(layer());
        } else {
            EXPECT_NE(refusal_text(layer).find(fmt::format("would be {}: ", extent)), std::string::npos) << refusal_text(layer);
        }
    }
}

}  // namespace
}  // namespace ricci::test
