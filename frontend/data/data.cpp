// Images of a data set as samples of the type that a model's input has.
#include "ricci/data.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "frontend/data/pass.h"
#include "ir/base/error.h"
#include "ir/core/kind.h"
#include "runtime/base/large_pages.h"
#include "runtime/data/digits.h"
#include "runtime/data/idx.h"
#include "runtime/data/image_rows.h"

namespace ricci {
namespace {

std::int64_t extent_of(const TensorType& type, ir::Kind kind) {
    std::optional<std::size_t> axis = type.axis_of(kind);
    return axis ? type.axes[*axis].extent : 0;
}

bool has_channels_last(const TensorType& images) {
    return images.rank() == 4 && images.axes[3].kind == ir::kinds::channel();
}

/// Whether the rows of an image are contiguous: batch, height and width come in this order. One channel may stand
/// anywhere, several before the height or after the width.
bool fits(const Dataset& data, const TensorType& images) {
    const ir::Kind wanted[] = {ir::kinds::batch(), ir::kinds::height(), ir::kinds::width()};
    if (!is_float(images.dtype) || images.rank() < 3 || images.rank() > 4 || images.axes[0].kind != wanted[0])
        return false;
    std::size_t last = 0;
    for (ir::Kind kind : wanted) {
        const std::optional<std::size_t> axis = images.axis_of(kind);
        if (!axis || *axis < last) return false;
        last = *axis;
    }
    if (images.rank() == 3) return data.channels == 1;
    if (extent_of(images, ir::kinds::channel()) != data.channels) return false;
    return data.channels == 1 || *images.axis_of(ir::kinds::channel()) != 2;
}

runtime::ImageForm form_of(const TensorType& images, std::vector<PixelScale> scales) {
    return {.height = extent_of(images, ir::kinds::height()),
            .width = extent_of(images, ir::kinds::width()),
            .channels_last = has_channels_last(images),
            .scales = std::move(scales)};
}

std::string of_images(const Dataset& data) {
    if (data.channels == 1) return fmt::format("grey images of {} x {} pixels", data.height, data.width);
    return fmt::format("images of {} channels of {} x {} pixels", data.channels, data.height, data.width);
}

/// \throws UserError unless the input takes such images and such changes.
const Dataset& checked(const Dataset& data, const TensorType& images, const Augment& augment) {
    if (!fits(data, images)) {
        user_error("data set {}: its {} do not fit an input {}; it takes batch, height, width and {}, in f32 or f64",
                   data.name, of_images(data), to_string(images),
                   data.channels == 1 ? "one channel" : fmt::format("{} channels before or after them", data.channels));
    }
    const std::int64_t most = std::min(data.height, data.width) - 1;
    if (augment.shift < 0 || augment.shift > most) {
        user_error("data set {}: images are to shift by up to {} pixels; it is 0 to {} for {}", data.name,
                   augment.shift, most, of_images(data));
    }
    return data;
}

}  // namespace

/// What an ImageData shares with its passes.
class ImageData::Source : public DataSource {
  public:
    Source(Dataset data, const TensorType& images, std::vector<PixelScale> scales, Augment augment)
        : data_(std::move(data)),
          augment_(augment),
          rows_(checked(data_, images, augment), form_of(images, std::move(scales))) {
        TensorType open = images;
        open.axes[0].extent = kOpen;
        fields_ = {{"images", open}, {"labels", {i32, {open.axes[0]}}}};
        // A shuffled order reads images here and there.
        runtime::move_to_large_pages(data_.pixels.data(), data_.pixels.size());
    }

    std::string name() const override {
        const std::string shift = augment_.shift > 0 ? fmt::format(", shifted by up to {}", augment_.shift) : "";
        return data_.name + shift + (augment_.flip ? ", flipped" : "");
    }
    std::int64_t count() const override { return data_.count; }
    const std::vector<Field>& fields() const override { return fields_; }
    bool is_quick() const override { return true; }
    const Dataset& dataset() const { return data_; }

    void fill(const SampleRequest& request, const Rows& rows) const override {
        if (fields_[0].type.dtype == f32) return fill_as<float>(request, rows);
        fill_as<double>(request, rows);
    }

  private:
    template <typename T>
    void fill_as(const SampleRequest& request, const Rows& rows) const {
        constexpr std::int64_t kAhead = 2;  // images
        const bool changes = request.order.shuffled && (augment_.shift > 0 || augment_.flip);
        for (std::int64_t row = request.begin; row < request.end; ++row) {
            const std::int64_t sample = request.samples.begin()[row];
            if (row + kAhead < std::ssize(request.samples)) rows_.fetch(request.samples.begin()[row + kAhead]);
            runtime::Change change;
            if (changes) {
                change = runtime::draw_change(augment_.shift, augment_.flip, request.order.seed, request.order.epoch,
                                              sample);
            }
            rows_.fill(sample, change, rows.row<T>(0, row).data());
            rows.row<std::int32_t>(1, row)[0] = data_.labels.begin()[sample];
        }
    }

    Dataset data_;
    Augment augment_;
    runtime::ImageRows rows_;
    std::vector<Field> fields_;
};

/// A pass, and its batch in hand as images and labels.
struct BatchRange::Ring {
    std::shared_ptr<detail::Pass> pass;
    std::optional<Batch> current = {};

    void next(std::int64_t number) {
        pass->next(number);
        current.emplace(Batch{pass->view(0), pass->view(1), pass->current().count()});
    }
};

BatchRange::Iterator::Iterator(std::shared_ptr<Ring> ring, std::int64_t number)
    : ring_(std::move(ring)), number_(number) {}

const Batch& BatchRange::Iterator::operator*() const {
    return *ring_->current;
}

BatchRange::Iterator& BatchRange::Iterator::operator++() {
    if (++number_ < ring_->pass->count()) ring_->next(number_);
    return *this;
}

BatchRange::BatchRange(std::shared_ptr<detail::Pass> pass) : ring_(new Ring{std::move(pass)}) {}

BatchRange::BatchRange(BatchRange&&) noexcept = default;
BatchRange& BatchRange::operator=(BatchRange&&) noexcept = default;
BatchRange::~BatchRange() = default;

BatchRange::Iterator BatchRange::begin() {
    ring_->pass->start();
    Iterator first(ring_, -1);
    return ++first;
}

BatchRange::Iterator BatchRange::end() {
    return {ring_, ring_->pass->count()};
}

ImageData::ImageData(Dataset data, TensorType images, PixelScale scale)
    : ImageData(std::move(data), std::move(images), std::vector{scale}) {}

ImageData::ImageData(Dataset data, TensorType images, std::vector<PixelScale> scales, Augment augment)
    : source_(std::make_shared<const Source>(std::move(data), images, std::move(scales), augment)) {}

BatchRange ImageData::batches(std::int64_t size, Order order, int busy) const {
    return BatchRange(std::make_shared<detail::Pass>(source_, size, order, busy));
}

std::string ImageData::name() const {
    return source_->name();
}
std::int64_t ImageData::count() const {
    return source_->count();
}
const std::vector<Field>& ImageData::fields() const {
    return source_->fields();
}
void ImageData::fill(const SampleRequest& request, const Rows& rows) const {
    source_->fill(request, rows);
}
const Dataset& ImageData::dataset() const {
    return source_->dataset();
}

Dataset load_idx(const std::filesystem::path& images, const std::filesystem::path& labels, std::int64_t class_count,
                 std::string name) {
    return runtime::load_idx(images, labels, class_count, std::move(name));
}
TrainTest load_mnist(const std::filesystem::path& folder) {
    return runtime::load_mnist(folder);
}
Dataset draw_digits(std::int64_t count, std::uint64_t seed) {
    return runtime::draw_digits(count, seed);
}
PixelScale standard_scale(const Dataset& data) {
    return runtime::standard_scale(data);
}

std::vector<PixelScale> channel_scales(const Dataset& data) {
    return runtime::channel_scales(data);
}

}  // namespace ricci
