// Networks that classify images, layer by layer, as their papers and torchvision have them.
#include "ricci/image_models.h"

#include <array>
#include <vector>

#include "frontend/models/classifier_parts.h"
#include "ricci/activations.h"
#include "ricci/arithmetic.h"
#include "ricci/images.h"
#include "ricci/layers.h"
#include "ricci/noise.h"
#include "ricci/pieces.h"

namespace ricci {
namespace {

using detail::classifier_of;
using detail::image_inputs;
using detail::with_sizes;

/// The share of a batch's statistics that joins the running ones, as PyTorch keeps them.
constexpr double kRunning = 0.1;

Tensor dropped(Tensor x, double rate) {
    return rate > 0 ? dropout(x, {.rate = rate}) : x;
}

/// Convolution and batch norm, whose shift takes the place of a bias.
Tensor normed(Tensor x, Conv2dOptions options, double eps = 1e-5) {
    options.bias = false;
    options.initializer = he();
    return batch_norm(conv2d(x, options), {.eps = eps, .running = kRunning});
}

Tensor conv_relu(Tensor x, Conv2dOptions options) {
    options.initializer = he();
    return relu(conv2d(x, options));
}

/// Two hidden layers of 4096 with dropout before each, then the classes.
Tensor large_head(Tensor x, const ImageModelOptions& o, bool dropout_first) {
    Tensor h = flatten(x);
    if (dropout_first) h = dropped(h, o.dropout);
    h = relu(linear(h, 4096));
    h = dropped(h, o.dropout);
    h = relu(linear(h, 4096));
    if (!dropout_first) h = dropped(h, o.dropout);
    return linear(h, classes(o.classes));
}

Tensor pooled_head(Tensor x, const ImageModelOptions& o) {
    return linear(dropped(flatten(global_avg_pool2d(x)), o.dropout), classes(o.classes));
}

/// Channels of VGG's convolutions with eleven layers of weights; a pool comes where they are 0.
constexpr std::array<std::int64_t, 13> kVgg11 = {64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0};

/// A pool comes where the channels are 0.
Classifier vgg(const char* name, const ImageModelOptions& options, const std::vector<std::int64_t>& channels) {
    const ImageModelOptions o = with_sizes(name, options, {3, 224, 1000, 0.5, 32});
    Model m(name);
    const detail::ImageInputs in = image_inputs(m, o);
    Tensor h = in.images;
    for (std::int64_t c : channels) {
        h = c == 0 ? max_pool2d(h, {.window = 2}) : conv_relu(h, {.out = c, .kernel = 3, .padding = 1});
    }
    return classifier_of(m, in, large_head(adaptive_avg_pool2d(h, 7), o, false));
}

struct Inception {
    std::int64_t one, three_in, three, five_in, five, pool;
};

Tensor inception(Tensor x, const Inception& c) {
    constexpr double kEps = 0.001;
    const auto conv = [&](Tensor h, std::int64_t out, std::int64_t kernel) {
        return relu(normed(h, {.out = out, .kernel = kernel, .padding = kernel / 2}, kEps));
    };
    Tensor pool = max_pool2d(x, {.window = 3, .stride = 1, .padding = 1});
    return concat({conv(x, c.one, 1), conv(conv(x, c.three_in, 1), c.three, 3), conv(conv(x, c.five_in, 1), c.five, 3),
                   conv(pool, c.pool, 1)},
                  channel);
}

Tensor basic_block(Tensor x, std::int64_t channels, std::int64_t stride, bool project) {
    Tensor h = relu(normed(x, {.out = channels, .kernel = 3, .stride = stride, .padding = 1}));
    h = normed(h, {.out = channels, .kernel = 3, .padding = 1});
    return relu(h + (project ? normed(x, {.out = channels, .kernel = 1, .stride = stride}) : x));
}

Tensor bottleneck(Tensor x, std::int64_t channels, std::int64_t stride, bool project) {
    Tensor h = relu(normed(x, {.out = channels, .kernel = 1}));
    h = relu(normed(h, {.out = channels, .kernel = 3, .stride = stride, .padding = 1}));
    h = normed(h, {.out = 4 * channels, .kernel = 1});
    return relu(h + (project ? normed(x, {.out = 4 * channels, .kernel = 1, .stride = stride}) : x));
}

using Block = Tensor (*)(Tensor x, std::int64_t channels, std::int64_t stride, bool project);

/// Four groups of blocks; those behind the first halve the image.
Classifier resnet(const char* name, const ImageModelOptions& options, Block block, const std::array<int, 4>& blocks) {
    const ImageModelOptions o = with_sizes(name, options, {3, 224, 1000});
    Model m(name);
    const detail::ImageInputs in = image_inputs(m, o);
    Tensor h;
    if (o.small_images) {
        h = relu(normed(in.images, {.out = 64, .kernel = 3, .padding = 1}));
    } else {
        h = relu(normed(in.images, {.out = 64, .kernel = 7, .stride = 2, .padding = 3}));
        h = max_pool2d(h, {.window = 3, .stride = 2, .padding = 1});
    }
    std::int64_t channels = 64;
    for (std::size_t group = 0; group < blocks.size(); ++group, channels *= 2) {
        for (int i = 0; i < blocks[group]; ++i) {
            const bool first = i == 0;
            h = block(h, channels, first && group > 0 ? 2 : 1, first && (group > 0 || block == bottleneck));
        }
    }
    return classifier_of(m, in, pooled_head(h, o));
}

}  // namespace

Classifier mlp(const ImageModelOptions& options) {
    const ImageModelOptions o = with_sizes("mlp", options, {1, 28, 10});
    Model m("mlp");
    const detail::ImageInputs in = image_inputs(m, o);
    Tensor h = dropped(relu(linear(flatten(in.images), 512)), o.dropout);
    h = dropped(relu(linear(h, 512)), o.dropout);
    return classifier_of(m, in, linear(h, classes(o.classes)));
}

Classifier convnet(const ImageModelOptions& options) {
    const ImageModelOptions o = with_sizes("convnet", options, {1, 28, 10, 0.3, 4});
    Model m("convnet");
    const detail::ImageInputs in = image_inputs(m, o);
    const auto conv = [](Tensor x, std::int64_t out) { return relu(normed(x, {.out = out, .kernel = 3, .padding = 1})); };
    Tensor h = max_pool2d(conv(in.images, 16), {.window = 2});
    h = max_pool2d(conv(conv(h, 32), 32), {.window = 2});
    h = conv(conv(h, 64), 64);
    return classifier_of(m, in, linear(dropped(flatten(h), o.dropout), classes(o.classes)));
}

Classifier alexnet(const ImageModelOptions& options) {
    const ImageModelOptions o = with_sizes("alexnet", options, {3, 224, 1000, 0.5, 63});
    Model m("alexnet");
    const detail::ImageInputs in = image_inputs(m, o);
    Tensor h = conv_relu(in.images, {.out = 64, .kernel = 11, .stride = 4, .padding = 2});
    h = conv_relu(max_pool2d(h, {.window = 3, .stride = 2}), {.out = 192, .kernel = 5, .padding = 2});
    h = conv_relu(max_pool2d(h, {.window = 3, .stride = 2}), {.out = 384, .kernel = 3, .padding = 1});
    h = conv_relu(h, {.out = 256, .kernel = 3, .padding = 1});
    h = conv_relu(h, {.out = 256, .kernel = 3, .padding = 1});
    h = max_pool2d(h, {.window = 3, .stride = 2});
    return classifier_of(m, in, large_head(adaptive_avg_pool2d(h, 6), o, true));
}

Classifier vgg11(const ImageModelOptions& options) {
    return vgg("vgg11", options, {kVgg11.begin(), kVgg11.end()});
}
Classifier vgg11_norm(const ImageModelOptions& options) {
    const ImageModelOptions o = with_sizes("vgg11_norm", options, {3, 224, 1000, options.small_images ? 0.0 : 0.5, 32});
    Model m("vgg11_norm");
    const detail::ImageInputs in = image_inputs(m, o);
    Tensor h = in.images;
    for (std::int64_t c : kVgg11) {
        h = c == 0 ? max_pool2d(h, {.window = 2}) : relu(normed(h, {.out = c, .kernel = 3, .padding = 1}));
    }
    if (o.small_images) return classifier_of(m, in, linear(dropped(flatten(h), o.dropout), classes(o.classes)));
    return classifier_of(m, in, large_head(adaptive_avg_pool2d(h, 7), o, false));
}
Classifier vgg16(const ImageModelOptions& options) {
    return vgg("vgg16", options, {64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0});
}

Classifier googlenet(const ImageModelOptions& options) {
    const ImageModelOptions o = with_sizes("googlenet", options, {3, 224, 1000, 0.2});
    Model m("googlenet");
    const detail::ImageInputs in = image_inputs(m, o);
    const PoolOptions halve{.window = 3, .stride = 2, .ceil = true};
    Tensor h = relu(normed(in.images, {.out = 64, .kernel = 7, .stride = 2, .padding = 3}, 0.001));
    h = relu(normed(max_pool2d(h, halve), {.out = 64, .kernel = 1}, 0.001));
    h = max_pool2d(relu(normed(h, {.out = 192, .kernel = 3, .padding = 1}, 0.001)), halve);
    h = inception(h, {64, 96, 128, 16, 32, 32});
    h = max_pool2d(inception(h, {128, 128, 192, 32, 96, 64}), halve);
    h = inception(h, {192, 96, 208, 16, 48, 64});
    h = inception(h, {160, 112, 224, 24, 64, 64});
    h = inception(h, {128, 128, 256, 24, 64, 64});
    h = inception(h, {112, 144, 288, 32, 64, 64});
    h = max_pool2d(inception(h, {256, 160, 320, 32, 128, 128}), {.window = 2, .ceil = true});
    h = inception(h, {256, 160, 320, 32, 128, 128});
    h = inception(h, {384, 192, 384, 48, 128, 128});
    return classifier_of(m, in, pooled_head(h, o));
}

Classifier resnet18(const ImageModelOptions& options) {
    return resnet("resnet18", options, basic_block, {2, 2, 2, 2});
}
Classifier resnet34(const ImageModelOptions& options) {
    return resnet("resnet34", options, basic_block, {3, 4, 6, 3});
}
Classifier resnet50(const ImageModelOptions& options) {
    return resnet("resnet50", options, bottleneck, {3, 4, 6, 3});
}

Classifier mobilenet(const ImageModelOptions& options) {
    const ImageModelOptions o = with_sizes("mobilenet", options, {3, 224, 1000});
    Model m("mobilenet");
    const detail::ImageInputs in = image_inputs(m, o);
    Tensor h = relu(normed(in.images, {.out = 32, .kernel = 3, .stride = 2, .padding = 1}));
    struct Step {
        std::int64_t out, stride;
    };
    for (const Step& step : std::initializer_list<Step>{{64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}, {512, 2}, {512, 1},
                                                       {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1}}) {
        const std::int64_t channels = h.type().axes[*h.type().axis_of(channel)].extent;
        h = relu(normed(h, {.out = channels, .kernel = 3, .stride = step.stride, .padding = 1, .groups = channels}));
        h = relu(normed(h, {.out = step.out, .kernel = 1}));
    }
    return classifier_of(m, in, pooled_head(h, o));
}

}  // namespace ricci
