// Puts the runtime's data sets into batches of the type that a model's input has.
#include "ricci/data.h"

#include <array>
#include <iterator>
#include <optional>

#include "frontend/model/buffers.h"
#include "frontend/model/internals.h"
#include "frontend/program/team.h"
#include "runtime/base/cpu.h"
#include "runtime/base/large_pages.h"
#include "runtime/data/batches.h"
#include "runtime/data/digits.h"
#include "runtime/data/idx.h"
#include "runtime/data/prefetch.h"
#include "runtime/parallel/spare_time.h"

namespace ricci {
namespace {

using detail::Internals;

std::int64_t extent_of(const TensorType& type, ir::Kind kind) {
    std::optional<std::size_t> axis = type.axis_of(kind);
    return axis ? type.axes[*axis].extent : 0;
}

runtime::BatchOptions options_of(const TensorType& images, PixelScale scale, std::int64_t size,
                                 const Order& order) {
    return {.size = size,
            .shuffle = order.shuffled,
            .seed = order.seed,
            .padded_height = extent_of(images, ir::kinds::height()),
            .padded_width = extent_of(images, ir::kinds::width()),
            .scale = scale};
}

}  // namespace

/// The batches of a pass, and who makes them. It is a thread that is a few ahead of the reader, or the team. The team
/// makes them while its threads wait for each other.
struct BatchRange::Ring {
    std::shared_ptr<const Dataset> data;
    runtime::Batches batches;
    std::vector<Batch> places;
    std::int64_t upcoming = -1;      // the batch that the team is to make
    const Batch* current = nullptr;  // the reader's
    // The last members: nobody makes batches when the rest goes.
    std::optional<runtime::SpareTime> team = {};
    std::optional<runtime::Prefetch> ahead = {};

    Batch& place_of(std::int64_t number) { return places.begin()[number % std::ssize(places)]; }

    /// Gives a batch the extents of number `number`.
    void size(std::int64_t number, Batch& made) const {
        made.count = batches.samples(number);
        std::vector<std::int64_t> extents(made.images.extents().begin(), made.images.extents().end());
        extents[0] = made.count;
        Internals::buffer(made.images).resize(extents);
        Internals::buffer(made.labels).resize(std::array{made.count});
    }

    void fill(std::int64_t number, std::int64_t begin, std::int64_t end, Batch& made) const {
        if (made.images.dtype() == f32) {
            batches.fill(number, begin, end, made.images.span<float>(), made.labels.span<std::int32_t>());
        } else {
            batches.fill(number, begin, end, made.images.span<double>(), made.labels.span<std::int32_t>());
        }
    }

    void share_with(const std::shared_ptr<runtime::ThreadTeam>& threads) {
        team.emplace(threads, [this](std::int64_t sample) { fill(upcoming, sample, sample + 1, place_of(upcoming)); });
    }

    void start() {
        ahead.reset();  // of a pass that was left
        if (team) return upcome(0);
        ahead.emplace(batches.count(), static_cast<int>(places.size()), [this](std::int64_t number, std::size_t place) {
            Batch& made = places[place];
            size(number, made);
            fill(number, 0, made.count, made);
        });
    }

    void upcome(std::int64_t number) {
        team->finish();  // of a pass that was left
        if (number == batches.count()) return;
        upcoming = number;
        size(number, place_of(number));
        team->start(batches.samples(number));
    }

    /// Batch `number`, which follows on the one before.
    const Batch& next(std::int64_t number) {
        if (ahead) return places[ahead->next()];
        team->finish();
        upcome(number + 1);
        return place_of(number);
    }
};

BatchRange::Iterator::Iterator(std::shared_ptr<Ring> ring, std::int64_t number)
    : ring_(std::move(ring)), number_(number) {}

const Batch& BatchRange::Iterator::operator*() const {
    return *ring_->current;
}

BatchRange::Iterator& BatchRange::Iterator::operator++() {
    if (++number_ < ring_->batches.count()) ring_->current = &ring_->next(number_);
    return *this;
}

BatchRange::BatchRange(std::shared_ptr<const Dataset> data, const TensorType& images,
                       PixelScale scale, std::int64_t size, Order order, int busy)
    : ring_(new Ring{data, {*data, options_of(images, scale, size, order), order.epoch}, {}}) {
    constexpr std::int64_t kPlaces = 8;  // batches: the one in hand and those ahead of it
    const int threads = busy > 0 ? busy : largest_team();
    if (threads >= runtime::cpu().threads) ring_->share_with(shared_team(threads));
    ring_->places.resize(static_cast<std::size_t>(std::min(ring_->team ? 2 : kPlaces, ring_->batches.count())));
    const std::int64_t most = std::min(size, data->count);
    TensorType full = images;
    full.axes[0].extent = most;  // the batch, as ImageData has it
    for (Batch& made : ring_->places) {
        made.images = Internals::array(runtime::Buffer(spec_of({.name = "images", .type = full})));
        made.labels = Internals::array(runtime::Buffer({"labels", i32, {"batch"}, {most}}));
    }
}

BatchRange::BatchRange(BatchRange&&) noexcept = default;
BatchRange& BatchRange::operator=(BatchRange&&) noexcept = default;
BatchRange::~BatchRange() = default;

BatchRange::Iterator BatchRange::begin() {
    ring_->start();
    Iterator first(ring_, -1);
    return ++first;
}

BatchRange::Iterator BatchRange::end() {
    return {ring_, ring_->batches.count()};
}

ImageData::ImageData(Dataset data, TensorType images, PixelScale scale)
    : data_(std::make_shared<const Dataset>(std::move(data))), images_(std::move(images)), scale_(scale) {
    const ir::Kind wanted[] = {ir::kinds::batch(), ir::kinds::height(), ir::kinds::width()};
    bool fits = is_float(images_.dtype) && images_.rank() <= 4 && images_.axes[0].kind == wanted[0];
    std::size_t last = 0;
    for (ir::Kind kind : wanted) {
        // The rows of an image are contiguous: batch, height and width come in this order, the one channel anywhere.
        std::optional<std::size_t> axis = images_.axis_of(kind);
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
    // A shuffled order reads images here and there.
    runtime::move_to_large_pages(data_->pixels.data(), data_->pixels.size());
    // Refuses images that are larger than the input, before the first epoch.
    runtime::Batches(*data_, options_of(images_, scale_, 1, {}), 0);
}

BatchRange ImageData::batches(std::int64_t size, Order order, int busy) const {
    return {data_, images_, scale_, size, order, busy};
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

}  // namespace ricci
