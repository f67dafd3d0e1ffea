// What the cost model says of routines on a Zen 5 follows what was measured there (docs/performance.md).
#include <gtest/gtest.h>

#include "passes/convolution/choose_convolution.h"

namespace ricci::passes {
namespace {

/// 3 x 3 taps over images of that side, channels innermost.
ir::ConvolutionForm form_of(std::int64_t groups, std::int64_t in, std::int64_t out, std::int64_t side,
                            ir::ConvolutionDirection direction) {
    ir::ConvolutionForm form;
    form.direction = direction;
    form.groups = groups;
    form.in = in;
    form.out = out;
    form.height = form.width = form.result_height = form.result_width = side;
    form.taps_h = form.taps_w = 3;
    form.top = form.left = 1;
    form.image_steps = {side * side * groups * in, in, 1, side * groups * in, groups * in};
    form.result_steps = {side * side * groups * out, out, 1, side * groups * out, groups * out};
    return form;
}

double seconds(const ir::ConvolutionForm& form, std::string_view routine) {
    constexpr double kSamples = 8;
    constexpr std::int64_t kLanes = 16;
    return routine_seconds(form, *ir::routine_named(routine), kSamples, machine_for("znver5", kLanes));
}

constexpr ir::ConvolutionDirection kDirections[] = {ir::ConvolutionDirection::forward,
                                                    ir::ConvolutionDirection::input_gradient,
                                                    ir::ConvolutionDirection::kernel_gradient};

// Blocks of bf16 take a group a call: 112 ms an image of MobileNet's step, which has 29 in f32.
TEST(ConvolutionCost, DepthwiseConvolutionsStayF32) {
    for (ir::ConvolutionDirection direction : kDirections) {
        for (std::int64_t channels : {32, 512}) {
            const ir::ConvolutionForm form = form_of(channels, 1, 1, 56, direction);
            EXPECT_GT(seconds(form, "bf16_blocks"), seconds(form, "blocks")) << channels;
        }
    }
}

TEST(ConvolutionCost, FilteringIsFasterWhereLanesAreChannels) {
    for (ir::ConvolutionDirection direction : kDirections) {
        const ir::ConvolutionForm last = form_of(1, 64, 64, 56, direction);
        ir::ConvolutionForm first = last;
        first.image_steps = first.result_steps = {64 * 56 * 56, 64 * 56 * 56, 56 * 56, 56, 1};
        EXPECT_LT(seconds(last, "winograd4"), seconds(first, "winograd4"));
        EXPECT_LT(seconds(last, "winograd4"), seconds(last, "blocks"));
    }
}

}  // namespace
}  // namespace ricci::passes
