// Puts the runtime's data sets into batches of the type that a model's input has.
#include "frontend/data.h"

#include "frontend/parameters.h"

namespace ricci {
namespace {

using ir::TensorType;

std::int64_t extent_of(const TensorType& type, ir::Kind kind) {
    std::optional<int> axis = type.axis_of(kind);
    return axis ? type.axes[static_cast<std::size_t>(*axis)].extent : 0;
}

runtime::BatchOptions options_of(const TensorType& images, runtime::PixelScale scale, std::int64_t size,
                                 const Order& order) {
    return {.size = size,
            .shuffle = order.shuffled,
            .seed = order.seed,
            .padded_height = extent_of(images, ir::kinds::height()),
            .padded_width = extent_of(images, ir::kinds::width()),
            .scale = scale};
}

}  // namespace

BatchRange::Iterator::Iterator(BatchRange* range, std::int64_t number) : range_(range), number_(number) {
    if (number_ < range_->batches_.count()) range_->load(number_);
}

BatchRange::Iterator& BatchRange::Iterator::operator++() {
    if (++number_ < range_->batches_.count()) range_->load(number_);
    return *this;
}

BatchRange::BatchRange(std::shared_ptr<const runtime::Dataset> data, const TensorType& images,
                       runtime::PixelScale scale, std::int64_t size, Order order)
    : data_(std::move(data)), batches_(*data_, options_of(images, scale, size, order), order.epoch) {
    TensorType full = images;
    for (ir::Axis& axis : full.axes) {
        if (axis.kind == ir::kinds::batch()) axis.extent = std::min(size, data_->count);
    }
    batch_.images = runtime::Buffer(spec_of({.name = "images", .type = full}));
    batch_.labels = runtime::Buffer({"labels", i32, {"batch"}, {std::min(size, data_->count)}});
}

void BatchRange::load(std::int64_t number) {
    batch_.count = batches_.samples(number);
    std::vector<std::int64_t> extents = batch_.images.spec().extents;
    const std::vector<std::string>& kinds = batch_.images.spec().kinds;
    for (std::size_t axis = 0; axis < extents.size(); ++axis) {
        if (kinds[axis] == "batch") extents[axis] = batch_.count;
    }
    batch_.images.resize(extents);
    batch_.labels.resize(std::array{batch_.count});
    if (batch_.images.spec().dtype == f32) {
        batches_.fill(number, batch_.images.span<float>(), batch_.labels.span<std::int32_t>());
    } else {
        batches_.fill(number, batch_.images.span<double>(), batch_.labels.span<std::int32_t>());
    }
}

ImageData::ImageData(runtime::Dataset data, TensorType images, runtime::PixelScale scale)
    : data_(std::make_shared<const runtime::Dataset>(std::move(data))), images_(std::move(images)), scale_(scale) {
    const ir::Kind wanted[] = {ir::kinds::batch(), ir::kinds::height(), ir::kinds::width()};
    bool fits = is_float(images_.dtype) && images_.rank() <= 4 && images_.axes[0].kind == wanted[0];
    std::int64_t last = 0;
    for (ir::Kind kind : wanted) {
        // The rows of an image are contiguous: batch, height and width come in this order, the one channel anywhere.
        std::optional<int> axis = images_.axis_of(kind);
        fits = fits && axis && *axis >= last;
        last = axis.value_or(0);
    }
    if (images_.rank() == 4) fits = fits && extent_of(images_, ir::kinds::channel()) == 1;
    if (!fits) {
        user_error(
            "data set {}: its grey images of {} x {} pixels do not fit an input {}; it takes batch, height, width "
            "and one channel, in f32 or f64",
            data_->name, data_->height, data_->width, to_string(images_));
    }
    // Refuses images that are larger than the input, before the first epoch.
    runtime::Batches(*data_, options_of(images_, scale_, 1, {}), 0);
}

BatchRange ImageData::batches(std::int64_t size, Order order) const {
    return {data_, images_, scale_, size, order};
}

}  // namespace ricci
