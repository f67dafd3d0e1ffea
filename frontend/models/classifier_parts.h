/// \file frontend/models/classifier_parts.h
/// What image classifiers begin and end with. Internal.
#pragma once

#include <string>

#include "ricci/image_models.h"

namespace ricci::detail {

/// The published sizes of a network.
struct PublishedSizes {
    std::int64_t channels, height, classes;
    double dropout = 0;
    std::int64_t least = 1;  // rows and columns that reach the last layer
};

/// The options with the published numbers in place of 0, as for the rows where the columns are missing.
/// \throws UserError for an extent below 0, images that are too small, a dropout of 1 and more.
ImageModelOptions with_sizes(const char* name, ImageModelOptions options, const PublishedSizes& published);

/// The images, in the order of axes that the options ask for, and the labels.
struct ImageInputs {
    Tensor images, labels;
};
ImageInputs image_inputs(Model& model, const ImageModelOptions& options);

/// Makes logits, their loss and the predicted classes the outputs of the model.
Classifier classifier_of(Model model, const ImageInputs& inputs, const Tensor& logits);

}  // namespace ricci::detail
