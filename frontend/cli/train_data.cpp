// Finds or draws samples, gives them the names and axes of the model, and holds some out for validation.
#include "frontend/cli/train_data.h"

#include <fmt/format.h>

#include <cmath>

#include "frontend/data/fields_as.h"
#include "ir/base/error.h"
#include "ricci/axes.h"
#include "ricci/subset.h"

namespace ricci::cli {
namespace {

/// Features in a row that are as many as the pixels of a square are read as one: batch, height, width.
TensorType as_image(const TensorType& type) {
    if (type.rank() != 2 || type.axes[1].kind != Kind(feature)) return type;
    const auto side = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(type.axes[1].extent))));
    if (side * side != type.axes[1].extent) return type;
    return {type.dtype, {type.axes[0], height(side), width(side)}};
}

/// The fields that a model takes, as data of images have them.
std::vector<Field> as_images(std::vector<Field> fields) {
    fields[0].type = as_image(fields[0].type);
    return fields;
}

}  // namespace

DataSummary TrainData::summary() const {
    return {.name = name, .description = description, .train = train->count(),
            .validation = validation ? validation->count() : 0, .test = test->count()};
}

FoundData find_data(const TrainOptions& given) {
    const SampleKind kind = given.is_file() ? SampleKind::grey_images : registered_model(given.model).samples;
    return given.data.find(kind, static_cast<std::uint64_t>(given.seed), given.threads);
}

TrainData load(const TrainOptions& given, const TrainNetwork& network, FoundData found) {
    TrainData data{.name = found.name(), .description = found.description()};
    const std::vector<Field> fields = network.fields();
    const bool is_images = found.is_images();
    DataSets sets = std::move(found).sets(is_images ? as_images(fields) : fields, given.augment);
    data.notes = sets.notes;
    data.train = sets.train;
    data.test = sets.test;
    if (is_images) {
        data.train = std::make_shared<detail::FieldsAs>(data.train, fields);
        data.test = std::make_shared<detail::FieldsAs>(data.test, fields);
    }
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
