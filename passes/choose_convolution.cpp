// Predicts the time of each method from the sizes of a convolution.
#include "passes/choose_convolution.h"

#include <fmt/format.h>

namespace ricci::passes {
namespace {

using ir::ConvolutionDirection;
using ir::ConvolutionForm;

constexpr double kFlopPerSecond = 150e9;
constexpr double kSmall = 4e6;        // operations a sample, under which a convolution is part of something larger
constexpr double kTypicalBatch = 64;  // of an open one

// What moving and transforming costs, in operations of a matrix product that take as long. Measured on single rows of
// `ricci bench conv` with a processor of 16 lanes.
constexpr double kPack = 16;             // of one number of a patch
constexpr double kTransformTile = 2000;  // 6 x 6 points of an image or a gradient, one channel
constexpr double kWriteOutputs = 1500;   // 6 x 6 products to outputs
constexpr double kPerTap = 130;          // of a kernel to points, or from products

double samples(const ConvolutionForm& form) {
    return form.batch == ir::kOpen ? kTypicalBatch : static_cast<double>(form.batch);
}

/// In operations a sample.
double cost_of_blocks(const ConvolutionForm& form) {
    const double patches = static_cast<double>(form.groups * form.in * form.taps_h * form.taps_w) *
                           static_cast<double>(form.result_height * form.result_width);
    return form.flop() + kPack * patches;
}

double cost_of_winograd(const ConvolutionForm& form) {
    const bool by_image = form.direction == ConvolutionDirection::input_gradient;
    const std::int64_t rows = by_image ? form.height : form.result_height;
    const std::int64_t columns = by_image ? form.width : form.result_width;
    const std::int64_t side = 7 - form.taps_h;  // of a tile: 6 points less what taps reach beyond
    const auto tiles = static_cast<double>((rows + side - 1) / side * ((columns + side - 1) / side));
    const auto window = static_cast<double>(form.taps_h * form.taps_w);
    const auto in = static_cast<double>(form.in), out = static_cast<double>(form.out);
    constexpr double kPoints = 36;
    double cost = 2 * kPoints * tiles * in * out;
    if (form.direction == ConvolutionDirection::kernel_gradient) {
        cost += kTransformTile * tiles * (in + out) + kPerTap * window * in * out / samples(form);
    } else {
        const double from = by_image ? out : in, to = by_image ? in : out;
        cost += tiles * (kTransformTile * from + kWriteOutputs * to) + kPerTap * window * in * out / samples(form);
    }
    return cost * static_cast<double>(form.groups);
}

std::string predicted(double flop) {
    return fmt::format("{:.3g} ms a sample", flop / kFlopPerSecond * 1e3);
}

}  // namespace

std::string winograd_for(const ConvolutionForm& form, bool small) {
    const bool square = form.taps_h == form.taps_w && (form.taps_h == 3 || (form.taps_h == 5 && !small));
    const bool by_one = form.stride_h == 1 && form.stride_w == 1 && form.dilation_h == 1 && form.dilation_w == 1;
    return !square || !by_one ? "" : small ? "winograd2" : "winograd4";
}

ConvolutionChoice choose_convolution(const ConvolutionForm& form, bool allow_winograd) {
    if (form.flop() < kSmall) {
        return {"im2col",
                fmt::format("for {:.3g} MFLOP a sample are less than {:.3g}", form.flop() / 1e6, kSmall / 1e6)};
    }
    const double blocks = cost_of_blocks(form);
    if (winograd_for(form, false).empty()) return {"blocks", predicted(blocks)};
    const double winograd = cost_of_winograd(form);
    if (!allow_winograd)
        return {"blocks", fmt::format("{}; Winograd's {} is forbidden", predicted(blocks), predicted(winograd))};
    if (winograd < blocks) return {"winograd4", fmt::format("{}, blocks {}", predicted(winograd), predicted(blocks))};
    return {"blocks", fmt::format("{}, winograd4 {}", predicted(blocks), predicted(winograd))};
}

}  // namespace ricci::passes
