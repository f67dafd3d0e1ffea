// Inputs and outputs that all image classifiers share.
#include "frontend/models/classifier_parts.h"

#include <algorithm>

#include "ir/base/error.h"
#include "ricci/arithmetic.h"
#include "ricci/layers.h"

namespace ricci::detail {

ImageModelOptions with_sizes(const char* name, ImageModelOptions options, const PublishedSizes& published) {
    const auto settle = [&](const char* what, std::int64_t& number, std::int64_t standard) {
        if (number < 0) user_error("{}: {} is {}; it is at least 1, or 0 for the published {}", name, what, number, standard);
        if (number == 0) number = standard;
    };
    settle("channels", options.channels, published.channels);
    settle("classes", options.classes, published.classes);
    const bool square = options.width == 0;
    settle("height", options.height, published.height);
    settle("width", options.width, square ? options.height : published.height);
    if (std::min(options.height, options.width) < published.least) {
        user_error("{}: images are {} x {}, but its layers need {} x {} or more", name, options.height, options.width,
                   published.least, published.least);
    }
    if (options.dropout < 0) options.dropout = published.dropout;
    if (options.dropout >= 1) user_error("{}: dropout is {}; it is below 1", name, options.dropout);
    return options;
}

ImageInputs image_inputs(Model& model, const ImageModelOptions& options) {
    const Axis samples = options.batch == kOpen ? batch() : batch(options.batch);
    const Axis c = channel(options.channels);
    const Axis y = height(options.height);
    const Axis x = width(options.width);
    const std::vector<Axis> axes = options.channels_last ? std::vector<Axis>{samples, y, x, c} : std::vector<Axis>{samples, c, y, x};
    return {model.input("images", options.dtype, axes), model.input("labels", i32, {samples})};
}

Classifier classifier_of(Model model, const ImageInputs& inputs, const Tensor& logits) {
    Tensor loss = mean(softmax_cross_entropy(logits, inputs.labels));
    Tensor predicted = argmax(logits, classes);
    model.output("logits", logits);
    model.output("loss", loss);
    model.output("predicted", predicted);
    return {std::move(model), inputs.images, inputs.labels, logits, loss, predicted};
}

}  // namespace ricci::detail
