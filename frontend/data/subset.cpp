// Passes requests for samples on, under their numbers in the whole source.
#include "ricci/subset.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "ir/base/error.h"
#include "runtime/base/random.h"

namespace ricci {
namespace {

// Samples behind the rows asked for: sources look ahead that far.
constexpr std::int64_t kAhead = 8;

}  // namespace

Subset::Subset(std::shared_ptr<const DataSource> source, std::vector<std::int64_t> samples, std::string name)
    : source_(std::move(source)), samples_(std::move(samples)), name_(std::move(name)) {
    if (samples_.empty()) user_error("{}: a subset of {} has no samples", name_, source_->name());
    for (const std::int64_t sample : samples_) {
        if (sample < 0 || sample >= source_->count())
            user_error("{}: there is no sample {} in {}, which has {}", name_, sample, source_->name(), source_->count());
    }
}

std::int64_t Subset::count() const {
    return std::ssize(samples_);
}

void Subset::fill(const SampleRequest& request, const Rows& rows) const {
    // A row is asked for under its place in the batch, so numbers stand at these places.
    thread_local std::vector<std::int64_t> numbers;
    const std::int64_t end = std::min(request.end + kAhead, std::ssize(request.samples));
    if (std::ssize(numbers) < end) numbers.resize(static_cast<std::size_t>(end));
    for (std::int64_t row = request.begin; row < end; ++row) {
        numbers.begin()[row] = samples_.begin()[request.samples.begin()[row]];
    }
    SampleRequest inner = request;
    inner.samples = std::span<const std::int64_t>(numbers).first(static_cast<std::size_t>(end));
    source_->fill(inner, rows);
}

HeldOut hold_out(const std::shared_ptr<const DataSource>& source, double share, std::uint64_t seed) {
    const std::int64_t count = source->count();
    const auto held = static_cast<std::int64_t>(std::llround(share * static_cast<double>(count)));
    if (held < 1 || held >= count) {
        user_error("a share of {} of {} samples leaves {} to train and {} to validate", share, count, count - held, held);
    }
    const std::string rest = source->name() + ", the rest", held_out = source->name() + ", held out";
    if (std::shared_ptr<const DataSource> first = source->part(0, count - held, rest))
        return {.rest = std::move(first), .held_out = source->part(count - held, count, held_out)};
    std::vector<std::int64_t> order = runtime::Rng(seed, "validation").permutation(count);
    std::vector<std::int64_t> first(order.begin(), order.begin() + held);
    order.erase(order.begin(), order.begin() + held);
    return {.rest = std::make_shared<Subset>(source, std::move(order), rest),
            .held_out = std::make_shared<Subset>(source, std::move(first), held_out)};
}

}  // namespace ricci
