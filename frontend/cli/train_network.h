/// \file frontend/cli/train_network.h
/// What `ricci train` trains: a model by its name, or one that a text says.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/cli/train_options.h"
#include "ricci/data_files.h"
#include "ricci/model.h"
#include "ricci/optimizer.h"

namespace ricci::cli {

struct TrainNetwork {
    Model model;
    std::vector<Tensor> inputs;               // of the step, but labels, in their order
    Tensor loss;
    std::optional<Tensor> labels = {};        // whole numbers, one a sample
    std::optional<Tensor> predicted = {};     // the class of each sample; none for a regression
    std::optional<Optimizer> optimizer = {};  // that the text asks for

    /// What a sample has: the inputs, then the labels.
    std::vector<Field> fields() const;
};

/// \throws UserError for an unknown name; for a text without a loss, or with labels and without logits, saying what is
///         missing; for --dropout where nothing drops.
TrainNetwork network_of(const TrainOptions& given, const FoundData& data);

}  // namespace ricci::cli
