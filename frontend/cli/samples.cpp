// Hands images to inputs that name or order their axes otherwise.
#include "frontend/cli/samples.h"

#include <cmath>

#include "frontend/data/fields_as.h"
#include "ir/base/error.h"
#include "ir/core/kind.h"
#include "ricci/axes.h"

namespace ricci::cli {

std::vector<Field> fields_of(const Network& network) {
    std::vector<Field> fields;
    for (const Tensor& input : network.inputs) fields.push_back({input.name(), input.type()});
    if (network.labels) fields.push_back({network.labels->name(), network.labels->type()});
    return fields;
}

void check_size(std::int64_t size, std::string_view model, const Network& network) {
    const TensorType& type = network.inputs.at(0).type();
    const auto extent = [&](ir::Kind kind) { return type.axis_of(kind) ? type.axes[*type.axis_of(kind)].extent : 0; };
    const std::int64_t rows = extent(ir::kinds::height()), columns = extent(ir::kinds::width());
    if (size == 0 || (rows == size && columns == size)) return;
    user_error("option --size is {}, but {} takes {}", size, model,
               rows > 0 ? fmt::format("images of {} x {} alone", rows, columns) : "no images");
}

TensorType as_image(const TensorType& type) {
    if (type.rank() != 2 || type.axes[1].kind != Kind(feature)) return type;
    const auto side = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(type.axes[1].extent))));
    if (side * side != type.axes[1].extent) return type;
    return {type.dtype, {type.axes[0], height(side), width(side)}};
}

DataSets sets_for(const Network& network, FoundData found, const Augment& augment, const DataNotes* notes) {
    const std::vector<Field> fields = fields_of(network);
    if (network.restored && (notes == nullptr || notes->scales.empty())) found.keep_pixels();
    if (!found.is_images() || fields.empty()) return std::move(found).sets(fields, augment, notes);
    std::vector<Field> images = fields;
    images[0].type = as_image(images[0].type);
    if (!is_float(images[0].type.dtype)) {
        user_error("{} has images, but the model takes {}, which are no images; give it the file of a text", found.name(),
                   to_string(images[0].type));
    }
    const std::optional<std::size_t> axis = images[0].type.axis_of(ir::kinds::channel());
    const std::int64_t channels = axis ? images[0].type.axes[*axis].extent : 1;
    if (found.picture().channels != channels) {
        user_error(
            "{} has images of {} channel{}, but the model takes {}, which have {}; ricci models says which take others",
            found.name(), found.picture().channels, found.picture().channels == 1 ? "" : "s", to_string(images[0].type),
            channels);
    }
    DataSets sets = std::move(found).sets(images, augment, notes);
    sets.train = std::make_shared<detail::FieldsAs>(sets.train, fields);
    sets.test = std::make_shared<detail::FieldsAs>(sets.test, fields);
    return sets;
}

const ImageData* images_of(const DataSource& data) {
    if (const auto* as = dynamic_cast<const detail::FieldsAs*>(&data)) return images_of(as->source());
    return dynamic_cast<const ImageData*>(&data);
}

}  // namespace ricci::cli
