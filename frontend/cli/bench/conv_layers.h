/// \file frontend/cli/bench/conv_layers.h
/// The convolutions of well-known networks that `ricci bench conv` and `ricci bench choices` run.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "ricci/program.h"

namespace ricci::cli {

struct ConvLayer {
    const char* name;
    std::int64_t batch, in, out, size, kernel, stride, padding;  // size: height and width of the image

    std::int64_t result() const { return (size + 2 * padding - kernel) / stride + 1; }
};

std::span<const ConvLayer> conv_layers();
inline constexpr std::array kConvDirections = {"forward", "input_gradient", "kernel_gradient"};

/// y = conv2d(x, w), or the gradient of sum(y * dy) by x or by w: what a step of training computes of this layer.
Program conv_program(const ConvLayer& layer, std::string_view direction);

}  // namespace ricci::cli
