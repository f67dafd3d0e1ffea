/// \file frontend/models/registry.h
/// The one list of models that have a name: what the commands build, train, test and print by it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ricci/classifier.h"

namespace ricci {

/// What a model is trained on where nobody names data.
enum class SampleKind : std::uint8_t {
    grey_images,    // the drawn digits
    colour_images,  // the drawn shapes
    text,           // characters
};

/// A model as the commands need it, whatever it computes.
struct Network {
    Model model;
    std::vector<Tensor> inputs;            // what forward() takes, called as the fields of the data
    std::vector<Tensor> outputs;           // what forward() gives
    Tensor loss;                           // dtype[]
    std::optional<Tensor> labels = {};     // a class for each answer
    std::optional<Tensor> logits = {};     // dtype[batch, class], or with further axes between them
    std::optional<Tensor> predicted = {};  // i64 of the labels' axes
    std::optional<Tensor> restored = {};   // what the model makes of its images, whose points are from 0 to 1
};

struct RegisteredModel {
    std::string_view name;
    std::string_view summary;
    std::string_view source;  // the paper
    SampleKind samples;
    Classifier (*classifier)(const ClassifierOptions& options) = nullptr;  // one of the two is there
    Network (*network)(const ClassifierOptions& options) = nullptr;

    Network build(const ClassifierOptions& options) const;
};

std::span<const RegisteredModel> registered_models();
/// \throws UserError listing the names for an unknown one.
const RegisteredModel& registered_model(std::string_view name);

}  // namespace ricci
