// Batches of a data set: order, decoding and padding.
#include "runtime/data/batches.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ir/base/error.h"
#include "runtime/base/random.h"

namespace ricci::runtime {
namespace {

// What each of the 256 values of a pixel becomes; without a scale pixel / 255, correctly rounded.
template <typename T>
std::array<T, 256> levels(const PixelScale& scale) {
    std::array<T, 256> values{};
    for (std::size_t pixel = 0; pixel < values.size(); ++pixel) {
        values[pixel] = scale.mean == 0 && scale.deviation == 1
                            ? static_cast<T>(pixel) / T{255}
                            : static_cast<T>((static_cast<double>(pixel) / 255 - scale.mean) / scale.deviation);
    }
    return values;
}

// How many images ahead memory is asked for one: in a shuffled order nothing else would fetch it in time.
constexpr std::int64_t kAhead = 2;

void fetch(const std::uint8_t* from, std::int64_t bytes) {
    constexpr std::int64_t kLine = 64;
    for (std::int64_t at = 0; at < bytes; at += kLine) __builtin_prefetch(from + at);
    __builtin_prefetch(from + bytes - 1);
}

template <typename T>
void decode(const std::uint8_t* __restrict from, T* __restrict to, std::int64_t pixels, const T* __restrict level) {
    for (std::int64_t x = 0; x < pixels; ++x) to[x] = level[from[x]];
}

std::int64_t padded(std::int64_t asked, std::int64_t own, const char* axis) {
    if (asked == 0) return own;
    if (asked < own) user_error("cannot pad images of {} {} to {}: it would cut them", axis, own, asked);
    return asked;
}

}  // namespace

PixelScale standard_scale(const Dataset& data) {
    std::array<std::int64_t, 256> counts{};
    for (std::uint8_t pixel : data.pixels) ++counts[pixel];
    const double pixels = static_cast<double>(data.pixels.size());
    double sum = 0;
    double squares = 0;
    for (std::size_t pixel = 0; pixel < counts.size(); ++pixel) {
        const double level = static_cast<double>(pixel) / 255;
        sum += static_cast<double>(counts[pixel]) * level;
        squares += static_cast<double>(counts[pixel]) * level * level;
    }
    const double mean = sum / pixels;
    const double variance = squares / pixels - mean * mean;
    // Images of one colour have no deviation to scale by.
    return variance > 1e-12 ? PixelScale{mean, std::sqrt(variance)} : PixelScale{mean, 1};
}

Batches::Batches(const Dataset& data, const BatchOptions& options, std::int64_t epoch)
    : data_(&data),
      size_(options.size),
      height_(padded(options.padded_height, data.height, "height")),
      width_(padded(options.padded_width, data.width, "width")),
      levels_f32_(levels<float>(options.scale)),
      levels_f64_(levels<double>(options.scale)) {
    if (size_ < 1) user_error("a batch of {} is not possible; ask for at least 1", size_);
    if (options.shuffle) {
        const std::uint64_t shuffling = Rng(options.seed, "shuffle").next();
        order_ = Rng(shuffling, static_cast<std::uint64_t>(epoch)).permutation(data.count);
    }
}

std::int64_t Batches::count() const {
    return data_->count / size_ + (data_->count % size_ != 0 ? 1 : 0);
}

std::int64_t Batches::samples(std::int64_t batch) const {
    if (batch < 0 || batch >= count()) user_error("there is no batch {}; there are {}", batch, count());
    return std::min(size_, data_->count - batch * size_);
}

std::int64_t Batches::index_of(std::int64_t position) const {
    return order_.empty() ? position : order_.begin()[position];
}

const std::uint8_t* Batches::pixels_of(std::int64_t position) const {
    return data_->pixels.data() + index_of(position) * data_->height * data_->width;
}

template <typename T>
void Batches::fill_image(std::int64_t position, const std::array<T, 256>& level, T* to) const {
    const std::int64_t top = (height_ - data_->height) / 2;
    const std::int64_t left = (width_ - data_->width) / 2;
    const std::uint8_t* from = pixels_of(position);
    const T* end = to + height_ * width_;
    to = std::fill_n(to, top * width_ + left, level[0]);
    for (std::int64_t y = 0; y < data_->height; ++y) {
        decode(from, to, data_->width, level.data());
        from += data_->width;
        to += data_->width;
        if (y + 1 < data_->height) to = std::fill_n(to, width_ - data_->width, level[0]);
    }
    std::fill_n(to, end - to, level[0]);
}

template <typename T>
void Batches::fill_as(std::int64_t batch, std::int64_t begin, std::int64_t end, const std::array<T, 256>& level,
                      std::span<T> images, std::span<std::int32_t> labels) const {
    const std::int64_t here = samples(batch);
    const std::int64_t area = height_ * width_;
    if (begin < 0 || begin > end || end > here)
        user_error("samples {} to {} are asked for, but batch {} has {}", begin, end, batch, here);
    if (static_cast<std::int64_t>(images.size()) < here * area)
        user_error("a batch of {} images has {} values but there is room for {}", here, here * area, images.size());
    if (static_cast<std::int64_t>(labels.size()) < here)
        user_error("a batch has {} labels but there is room for {}", here, labels.size());

    const std::int64_t first = batch * size_;
    for (std::int64_t sample = begin; sample < end; ++sample) {
        const std::int64_t ahead = first + sample + kAhead;
        if (ahead < data_->count) fetch(pixels_of(ahead), data_->height * data_->width);
        fill_image(first + sample, level, images.data() + sample * area);
        labels.begin()[sample] = data_->labels.begin()[index_of(first + sample)];
    }
}

std::int64_t Batches::fill(std::int64_t batch, std::span<float> images, std::span<std::int32_t> labels) const {
    fill(batch, 0, samples(batch), images, labels);
    return samples(batch);
}

std::int64_t Batches::fill(std::int64_t batch, std::span<double> images, std::span<std::int32_t> labels) const {
    fill(batch, 0, samples(batch), images, labels);
    return samples(batch);
}

void Batches::fill(std::int64_t batch, std::int64_t begin, std::int64_t end, std::span<float> images,
                   std::span<std::int32_t> labels) const {
    fill_as(batch, begin, end, levels_f32_, images, labels);
}

void Batches::fill(std::int64_t batch, std::int64_t begin, std::int64_t end, std::span<double> images,
                   std::span<std::int32_t> labels) const {
    fill_as(batch, begin, end, levels_f64_, images, labels);
}

}  // namespace ricci::runtime
