// Builds a named model for the data, or reads a text, and sets its dropout.
#include "frontend/cli/train/train_network.h"

#include <algorithm>

#include "frontend/cli/samples.h"
#include "frontend/cli/text_network.h"
#include "frontend/cli/train/dropout_option.h"
#include "ir/base/error.h"

namespace ricci::cli {
namespace {

TrainNetwork of_text(const TrainOptions& given) {
    if (given.size > 0) user_error("option --size is for a model by its name; {} says the size of its images", given.model);
    TextNetwork made = network_of_text(given.model);
    return {std::move(made.network), std::move(made.optimizer)};
}

/// A model by its name, for pictures of this size where it takes any.
Network built(const TrainOptions& given, const FoundData& data, const PictureSize& picture) {
    try {
        return registered_model(given.model)
            .build({.dtype = *dtype_named(given.dtype), .classes = data.classes(), .channels = picture.channels,
                    .height = picture.height, .width = picture.width});
    } catch (const UserError& error) {
        if (!data.is_images() || given.size > 0) throw;
        user_error("{}; --size N sets the images in the middle of black, N x N", error.what());
    }
}

TrainNetwork of_name(const TrainOptions& given, const FoundData& data) {
    PictureSize picture = data.picture();
    if (given.size > 0) picture.height = picture.width = given.size;
    Network made = built(given, data, picture);
    check_size(given.size, given.model, made);
    return {.network = std::move(made), .picture = picture};
}

}  // namespace

TrainNetwork network_of(const TrainOptions& given, const FoundData& data) {
    TrainNetwork made = given.is_file() ? of_text(given) : of_name(given, data);
    if (!given.dropout) return made;
    if (set_dropout(made.network.model, *given.dropout) == 0 && *given.dropout > 0)
        user_error("option --dropout is {}, but {} has no dropout", *given.dropout, given.model);
    return made;
}

}  // namespace ricci::cli
