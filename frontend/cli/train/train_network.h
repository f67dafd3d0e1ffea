/// \file frontend/cli/train/train_network.h
/// What `ricci train` trains: a model by its name, or one that a text says.
#pragma once

#include <optional>

#include "frontend/cli/train/train_options.h"
#include "frontend/models/registry.h"
#include "ricci/data_files.h"
#include "ricci/optimizer.h"

namespace ricci::cli {

struct TrainNetwork {
    Network network;
    std::optional<Optimizer> optimizer = {};  // that a text asks for
    PictureSize picture = {};                 // that a named model was asked to take
};

/// \throws UserError for an unknown name; for images that are too small for the model; as network_of_text(); for
///         --dropout where nothing drops.
TrainNetwork network_of(const TrainOptions& given, const FoundData& data);

}  // namespace ricci::cli
