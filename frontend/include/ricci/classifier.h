/// \file ricci/classifier.h
/// The form that all image classifiers have, and the list of those that have a name.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "ricci/model.h"

namespace ricci {

struct ClassifierOptions {
    DType dtype = f32;
    std::int64_t batch = kOpen;  // bound at each call, or always this
    std::int64_t classes = 0;    // of the data, as what follows; 0 is the model's own number
    std::int64_t channels = 0;
    std::int64_t height = 0;
    std::int64_t width = 0;
    bool channels_last = false;  // images are [batch, height, width, channel]
};

/// Images in, the loss against labels and the predicted classes out.
struct Classifier {
    Model model;
    Tensor images;     // dtype[batch, channel, height, width]
    Tensor labels;     // i32[batch]
    Tensor logits;     // dtype[batch, class]
    Tensor loss;       // dtype[]
    Tensor predicted;  // i64[batch]
};

struct NamedModel {
    std::string_view name;
    std::string_view summary;
    Classifier (*build)(const ClassifierOptions& options);
};

/// All models that the command line knows, by name.
std::span<const NamedModel> named_models();
/// \throws UserError listing the names for an unknown one.
const NamedModel& model_named(std::string_view name);

}  // namespace ricci
