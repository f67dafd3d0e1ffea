// One table; each row and direction is a program of its own.
#include "frontend/cli/bench/conv_layers.h"

#include "frontend/program/internals.h"
#include "passes/pass.h"
#include "ricci/arithmetic.h"
#include "ricci/layers.h"

namespace ricci::cli {
namespace {

// Sources: LeCun et al. 1998; Krizhevsky et al. 2012 (in one group); Simonyan and Zisserman 2014; He et al. 2015.
constexpr std::array kLayers = {
    ConvLayer{"lenet.conv1", 64, 1, 6, 32, 5, 1, 0},          ConvLayer{"lenet.conv2", 64, 6, 16, 14, 5, 1, 0},
    ConvLayer{"alexnet.conv1", 4, 3, 96, 227, 11, 4, 0},      ConvLayer{"alexnet.conv2", 4, 96, 256, 27, 5, 1, 2},
    ConvLayer{"alexnet.conv3", 4, 256, 384, 13, 3, 1, 1},     ConvLayer{"vgg.conv1_2", 1, 64, 64, 224, 3, 1, 1},
    ConvLayer{"vgg.conv3_2", 1, 256, 256, 56, 3, 1, 1},       ConvLayer{"vgg.conv5_2", 4, 512, 512, 14, 3, 1, 1},
    ConvLayer{"resnet.conv1", 4, 3, 64, 224, 7, 2, 3},        ConvLayer{"resnet.layer1", 4, 64, 64, 56, 3, 1, 1},
    ConvLayer{"resnet.layer2.down", 4, 64, 128, 56, 1, 2, 0}, ConvLayer{"resnet.layer3", 8, 256, 256, 14, 3, 1, 1},
    ConvLayer{"resnet.layer4", 8, 512, 512, 7, 3, 1, 1}};

}  // namespace

std::span<const ConvLayer> conv_layers() {
    return kLayers;
}

Program conv_program(const ConvLayer& layer, std::string_view direction) {
    Model model("conv");
    const Tensor x = model.input("x", f32, {batch(), channel(layer.in), height(layer.size), width(layer.size)});
    const Tensor w =
        model.input("w", f32, {channel(layer.out), channel(layer.in), tap_h(layer.kernel), tap_w(layer.kernel)});
    const Tensor y = conv2d(x, w, {.stride = layer.stride, .padding = layer.padding, .name = "y"});
    if (direction == kConvDirections[0]) return forward({y});
    const Tensor dy =
        model.input("dy", f32, {batch(), channel(layer.out), height(layer.result()), width(layer.result())});
    ir::Graph graph = detail::graph_of(gradients(sum(y * dy), {direction == kConvDirections[1] ? x : w}));
    // Without the sum itself, which asks for the forward pass.
    passes::Remarks remarks;
    const std::array names = {std::string("differentiate")};
    graph = passes::run_only(std::move(graph), names, {}, remarks);
    graph.outputs.erase(graph.outputs.begin());
    return detail::program_of(std::move(graph));
}

}  // namespace ricci::cli
