// A new model is a line here; its layers are in a file of its own.
#include "frontend/models/registry.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "ir/base/error.h"
#include "ir/base/spelling.h"
#include "ricci/autoencoder.h"
#include "ricci/image_models.h"
#include "ricci/lenet5.h"
#include "ricci/lenet5_1998.h"
#include "ricci/sequence_models.h"

namespace ricci {
namespace {

/// A classifier of images, of the size and for the classes of the data. Images of at most kSmall rows, as CIFAR has them, are
/// small ones.
constexpr std::int64_t kSmall = 32;
template <Classifier (*Build)(const ImageModelOptions&)>
Classifier sized(const ClassifierOptions& options) {
    return Build({.dtype = options.dtype, .batch = options.batch, .channels = options.channels, .height = options.height,
                  .width = options.width, .classes = options.classes, .channels_last = options.channels_last,
                  .small_images = options.height > 0 && options.height <= kSmall});
}

/// One whose size its paper fixes; smaller images get a border.
template <Classifier (*Build)(const ImageModelOptions&)>
Classifier published(const ClassifierOptions& options) {
    return Build({.dtype = options.dtype, .batch = options.batch, .classes = options.classes, .channels_last = options.channels_last});
}

Network coder(const ClassifierOptions& options) {
    AutoencoderOptions own{.dtype = options.dtype, .batch = options.batch};
    if (options.channels > 0) own.channels = options.channels;
    if (options.height > 0) own.height = options.height;
    if (options.width > 0) own.width = options.width;
    own.channels_last = options.channels_last;
    Autoencoder made = autoencoder(own);
    return {.model = std::move(made.model), .inputs = {made.images}, .outputs = {made.restored, made.code}, .loss = made.loss,
            .restored = made.restored};
}

Network text_model(const ClassifierOptions& options) {
    CharacterTransformerOptions own{.dtype = options.dtype, .batch = options.batch};
    if (options.classes > 0) own.characters = options.classes;
    SequenceModel made = character_transformer(own);
    return {.model = std::move(made.model),
            .inputs = {made.tokens},
            .outputs = {made.logits, made.predicted},
            .loss = made.loss,
            .labels = made.labels,
            .logits = made.logits,
            .predicted = made.predicted};
}

using enum SampleKind;
constexpr std::array kModels = {
    RegisteredModel{"lenet5", "LeNet-5 for grey images of 32 x 32, 10 classes", "LeCun et al. 1998, simplified", grey_images, lenet5},
    RegisteredModel{"lenet5-1998", "LeNet-5 with sparse connections and an output of distances", "LeCun et al. 1998", grey_images,
                    published<lenet5_1998>},
    RegisteredModel{"mlp", "two hidden layers of 512", "Rumelhart, Hinton, Williams 1986", grey_images, sized<mlp>},
    RegisteredModel{"convnet", "five 3 x 3 convolutions with batch norm", "Ioffe, Szegedy 2015", grey_images, sized<convnet>},
    RegisteredModel{"alexnet", "five convolutions, three linear layers", "Krizhevsky 2014", colour_images, sized<alexnet>},
    RegisteredModel{"vgg11", "eight 3 x 3 convolutions, three linear layers", "Simonyan, Zisserman 2015", colour_images,
                    sized<vgg11>},
    RegisteredModel{"vgg11-norm", "vgg11 with batch norm; of small images one linear layer", "Ioffe, Szegedy 2015", colour_images,
                    sized<vgg11_norm>},
    RegisteredModel{"vgg16", "thirteen 3 x 3 convolutions, three linear layers", "Simonyan, Zisserman 2015", colour_images,
                    sized<vgg16>},
    RegisteredModel{"googlenet", "nine inception blocks, without auxiliary heads", "Szegedy et al. 2015", colour_images,
                    sized<googlenet>},
    RegisteredModel{"resnet18", "residual network of 18 layers", "He et al. 2016", colour_images, sized<resnet18>},
    RegisteredModel{"resnet34", "residual network of 34 layers", "He et al. 2016", colour_images, sized<resnet34>},
    RegisteredModel{"resnet50", "residual network of 50 layers, with bottlenecks", "He et al. 2016", colour_images,
                    sized<resnet50>},
    RegisteredModel{"mobilenet", "depthwise separable convolutions", "Howard et al. 2017", colour_images, sized<mobilenet>},
    RegisteredModel{"autoencoder", "convolutions to a code of 32 numbers, and back", "Hinton, Salakhutdinov 2006", grey_images,
                    nullptr, coder},
    RegisteredModel{"transformer", "predicts the next character of a text", "Vaswani et al. 2017", text, nullptr, text_model},
};

}  // namespace

Network RegisteredModel::build(const ClassifierOptions& options) const {
    if (network != nullptr) return network(options);
    Classifier made = classifier(options);
    return {.model = std::move(made.model),
            .inputs = {made.images},
            .outputs = {made.logits, made.predicted},
            .loss = made.loss,
            .labels = made.labels,
            .logits = made.logits,
            .predicted = made.predicted};
}

std::span<const RegisteredModel> registered_models() {
    return kModels;
}

const RegisteredModel& registered_model(std::string_view name) {
    auto found = std::ranges::find(kModels, name, &RegisteredModel::name);
    if (found != kModels.end()) return *found;
    const auto nearest = std::ranges::min_element(kModels, {}, [&](const RegisteredModel& m) { return edit_distance(m.name, name); });
    if (edit_distance(nearest->name, name) <= 2) user_error("no model \"{}\"; did you mean {}?", name, nearest->name);
    user_error("no model \"{}\"; ricci models lists them", name);
}

}  // namespace ricci
