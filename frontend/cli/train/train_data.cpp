// Finds or draws samples, gives them the names and axes of the model, and holds some out for validation.
#include "frontend/cli/train/train_data.h"

#include <fmt/format.h>

#include "frontend/cli/samples.h"
#include "ir/base/error.h"
#include "ricci/subset.h"

namespace ricci::cli {
DataSummary TrainData::summary() const {
    return {.name = name, .description = description, .unit = unit, .train = train->count(),
            .validation = validation ? validation->count() : 0, .test = test->count()};
}

FoundData find_data(const TrainOptions& given) {
    return given.data.find(samples_of(given.model), static_cast<std::uint64_t>(given.seed), given.threads);
}

TrainData load(const TrainOptions& given, const TrainNetwork& network, FoundData found) {
    TrainData data{.name = found.name(), .description = found.description(),
                   .unit = found.is_images() ? "images" : "samples"};
    DataSets sets = sets_for(network.network, std::move(found), given.augment);
    data.notes = sets.notes;
    data.notes.picture = network.picture;
    data.train = sets.train;
    data.test = sets.test;
    if (given.validation == 0) return data;
    try {
        HeldOut parts = hold_out(data.train, given.validation, static_cast<std::uint64_t>(given.seed));
        data.train = parts.rest;
        data.validation = parts.held_out;
    } catch (const UserError& error) {
        user_error("option --validation: {}", error.what());
    }
    return data;
}

}  // namespace ricci::cli
