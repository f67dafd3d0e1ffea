// Orders samples, and has their rows written ahead of the reader.
#include "frontend/data/pass.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "frontend/model/internals.h"
#include "frontend/program/team.h"
#include "ir/base/error.h"
#include "runtime/base/cpu.h"
#include "runtime/data/image_rows.h"

namespace ricci::detail {
namespace {

constexpr std::int64_t kPlaces = 8;  // batches: the one in hand and those ahead of it

std::int64_t batches_of(std::int64_t samples, std::int64_t size) {
    if (size < 1) user_error("a batch of {} is not possible; ask for at least 1", size);
    return samples / size + (samples % size != 0 ? 1 : 0);
}

std::vector<std::int64_t> numbers_of(std::int64_t count, const Order& order) {
    if (order.shuffled) return runtime::shuffled_order(count, order.seed, order.epoch);
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
    std::iota(numbers.begin(), numbers.end(), 0);
    return numbers;
}

runtime::BufferSpec spec_of(const Field& field, std::int64_t samples) {
    runtime::BufferSpec spec{
        .name = field.name, .dtype = field.type.dtype, .kinds = {}, .extents = field.type.extents(samples)};
    for (const Axis& axis : field.type.axes) spec.kinds.emplace_back(axis.kind.name());
    spec.extents[0] = samples;
    return spec;
}

}  // namespace

Pass::Pass(std::shared_ptr<const DataSource> source, std::int64_t size, Order order, int busy)
    : source_(std::move(source)),
      size_(size),
      order_(order),
      batches_(batches_of(source_->count(), size)),
      samples_(numbers_of(source_->count(), order)) {
    if (order.first < 0 || order.first > batches_) {
        user_error("{}: a pass of {} batches cannot begin at batch {}", source_->name(), batches_, order.first);
    }
    const int threads = busy > 0 ? busy : largest_team();
    if (source_->is_quick() && threads >= runtime::cpu().threads) {
        team_.emplace(shared_team(threads),
                      [this](std::int64_t sample) { fill(upcoming_, sample, sample + 1, batch_at(upcoming_)); });
    }
    const std::int64_t places = std::min<std::int64_t>(team_ ? 2 : kPlaces, count());
    for (std::int64_t i = 0; i < places; ++i) ring_.push_back(make_batch(std::min(size_, source_->count())));
}

Pass::Batch Pass::make_batch(std::int64_t samples) const {
    Batch batch;
    for (const Field& field : source_->fields()) {
        batch.buffers.push_back(std::make_shared<runtime::Buffer>(spec_of(field, samples)));
        batch.samples.names_.push_back(field.name);
        batch.samples.arrays_.push_back(Internals::view(batch.buffers.back()));
        batch.blocks.push_back({field.type.dtype, batch.buffers.back()->data(),
                                samples > 0 ? batch.buffers.back()->elements() / samples : 0});
    }
    return batch;
}

Pass::Batch& Pass::batch_at(std::int64_t number) {
    return ring_.begin()[number % std::ssize(ring_)];
}

std::int64_t Pass::samples_of(std::int64_t number) const {
    return std::min(size_, source_->count() - (number + order_.first) * size_);
}

void Pass::size(std::int64_t number, Batch& batch) const {
    const std::int64_t samples = samples_of(number);
    for (const std::shared_ptr<runtime::Buffer>& buffer : batch.buffers) {
        std::vector<std::int64_t> extents = buffer->spec().extents;
        extents[0] = samples;
        buffer->resize(extents);
    }
    batch.samples.count_ = samples;
    batch.samples.number_ = number + order_.first;
}

void Pass::fill(std::int64_t number, std::int64_t begin, std::int64_t end, const Batch& batch) const {
    const std::int64_t first = (number + order_.first) * size_;
    source_->fill({.samples = std::span(samples_).subspan(static_cast<std::size_t>(first)),
                   .begin = begin,
                   .end = end,
                   .order = order_},
                  Rows(batch.blocks));
}

void Pass::start() {
    ahead_.reset();  // of a pass that was left
    if (count() == 0) return;
    if (team_) return upcome(0);
    ahead_.emplace(count(), static_cast<int>(ring_.size()), [this](std::int64_t number, std::size_t place) {
        Batch& made = ring_[place];
        size(number, made);
        fill(number, 0, samples_of(number), made);
    });
}

void Pass::upcome(std::int64_t number) {
    team_->finish();  // of a pass that was left
    if (number == count()) return;
    upcoming_ = number;
    size(number, batch_at(number));
    team_->start(samples_of(number));
}

void Pass::next(std::int64_t number) {
    if (ahead_) {
        current_ = &ring_[ahead_->next()];
        return;
    }
    team_->finish();
    upcome(number + 1);
    current_ = &batch_at(number);
}

Array Pass::view(std::size_t field) const {
    return Internals::view(current_->buffers[field]);
}

}  // namespace ricci::detail
