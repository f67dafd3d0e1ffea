// Decodes images row by row, each value of a pixel through a table.
#include "runtime/data/image_rows.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "ir/base/error.h"
#include "runtime/base/random.h"

namespace ricci::runtime {
namespace {

// What each of the 256 values of a pixel becomes; without a scale pixel / 255, correctly rounded.
template <typename T>
std::array<T, 256> levels_of(const PixelScale& scale) {
    std::array<T, 256> values{};
    for (std::size_t pixel = 0; pixel < values.size(); ++pixel) {
        values[pixel] = scale.mean == 0 && scale.deviation == 1
                            ? static_cast<T>(pixel) / T{255}
                            : static_cast<T>((static_cast<double>(pixel) / 255 - scale.mean) / scale.deviation);
    }
    return values;
}

/// \throws UserError on a number of scales that fits no image
template <typename T>
std::vector<std::array<T, 256>> levels_of(const Dataset& data, const ImageForm& form) {
    if (form.scales.size() > 1 && form.scales.size() != static_cast<std::size_t>(data.channels)) {
        user_error("data set {}: {} scales for {} channels; give one for each, or one for all", data.name,
                   form.scales.size(), data.channels);
    }
    std::vector<std::array<T, 256>> levels;
    for (std::size_t channel = 0; channel < static_cast<std::size_t>(data.channels); ++channel) {
        const PixelScale none;
        const bool one = form.scales.size() == 1;
        levels.push_back(levels_of<T>(form.scales.empty() ? none : form.scales[one ? 0 : channel]));
    }
    return levels;
}

template <typename T>
void decode(const std::uint8_t* __restrict from, T* __restrict to, std::int64_t pixels, const T* __restrict level) {
    for (std::int64_t x = 0; x < pixels; ++x) to[x] = level[from[x]];
}

template <typename T>
void decode_mirrored(const std::uint8_t* __restrict last, T* __restrict to, std::int64_t pixels,
                     const T* __restrict level) {
    for (std::int64_t x = 0; x < pixels; ++x) to[x] = level[last[-x]];
}

std::int64_t padded(std::int64_t asked, std::int64_t own, const char* axis) {
    if (asked == 0) return own;
    if (asked < own) user_error("cannot pad images of {} {} to {}: it would cut them", axis, own, asked);
    return asked;
}

PixelScale scale_of(const std::array<std::int64_t, 256>& counts) {
    double pixels = 0;
    double sum = 0;
    double squares = 0;
    for (std::size_t pixel = 0; pixel < counts.size(); ++pixel) {
        const double level = static_cast<double>(pixel) / 255;
        pixels += static_cast<double>(counts[pixel]);
        sum += static_cast<double>(counts[pixel]) * level;
        squares += static_cast<double>(counts[pixel]) * level * level;
    }
    const double mean = sum / pixels;
    const double variance = squares / pixels - mean * mean;
    // Images of one colour have no deviation to scale by.
    return variance > 1e-12 ? PixelScale{mean, std::sqrt(variance)} : PixelScale{mean, 1};
}

/// Where a row of pixels begins when it lies in the middle of `room` and moves by `by`, and which of them are inside.
struct Window {
    std::int64_t to;     // first place that is written
    std::int64_t from;   // first pixel that is read
    std::int64_t count;  // of pixels

    Window(std::int64_t pixels, std::int64_t room, std::int64_t by) {
        const std::int64_t start = (room - pixels) / 2 + by;
        to = std::clamp<std::int64_t>(start, 0, room);
        from = to - start;
        count = std::clamp<std::int64_t>(std::min(pixels - from, room - to), 0, room);
    }
};

}  // namespace

PixelScale standard_scale(const Dataset& data) {
    std::array<std::int64_t, 256> counts{};
    for (std::uint8_t pixel : data.pixels) ++counts[pixel];
    return scale_of(counts);
}

std::vector<PixelScale> channel_scales(const Dataset& data) {
    std::vector<std::array<std::int64_t, 256>> counts(static_cast<std::size_t>(data.channels));
    const auto area = static_cast<std::size_t>(data.height * data.width);
    for (std::size_t plane = 0; plane * area < data.pixels.size(); ++plane) {
        for (std::uint8_t pixel : std::span(data.pixels).subspan(plane * area, area))
            ++counts[plane % counts.size()][pixel];
    }
    std::vector<PixelScale> scales;
    for (const auto& channel : counts) scales.push_back(scale_of(channel));
    return scales;
}

std::vector<std::int64_t> shuffled_order(std::int64_t count, std::uint64_t seed, std::int64_t epoch) {
    const std::uint64_t shuffling = Rng(seed, "shuffle").next();
    return Rng(shuffling, static_cast<std::uint64_t>(epoch)).permutation(count);
}

Change draw_change(std::int64_t shift, bool flip, std::uint64_t seed, std::int64_t epoch, std::int64_t sample) {
    const std::uint64_t changing = Rng(seed, "augment").next();
    const std::uint64_t of_epoch = Rng(changing, static_cast<std::uint64_t>(epoch)).next();
    Rng rng(of_epoch, static_cast<std::uint64_t>(sample));
    Change change;
    change.down = rng.below(2 * shift + 1) - shift;
    change.right = rng.below(2 * shift + 1) - shift;
    change.mirrored = flip && rng.below(2) == 1;
    return change;
}

ImageRows::ImageRows(const Dataset& data, const ImageForm& form)
    : data_(&data),
      height_(padded(form.height, data.height, "height")),
      width_(padded(form.width, data.width, "width")),
      channels_last_(form.channels_last && data.channels > 1),
      levels_f32_(levels_of<float>(data, form)),
      levels_f64_(levels_of<double>(data, form)) {}

void ImageRows::fetch(std::int64_t sample) const {
    constexpr std::int64_t kLine = 64;  // bytes
    const std::int64_t bytes = data_->channels * data_->height * data_->width;
    const std::uint8_t* from = data_->pixels.data() + sample * bytes;
    for (std::int64_t at = 0; at < bytes; at += kLine) __builtin_prefetch(from + at);
    __builtin_prefetch(from + bytes - 1);
}

template <typename T>
void ImageRows::fill_plane(const std::uint8_t* from, const Change& change, const T* level, T* to) const {
    const Window rows(data_->height, height_, change.down);
    const Window columns(data_->width, width_, change.right);
    const T* end = to + height_ * width_;
    std::int64_t black = rows.to * width_ + columns.to;  // elements before the next pixel
    for (std::int64_t y = rows.from; y < rows.from + rows.count; ++y) {
        const std::uint8_t* row = from + y * data_->width;
        to = std::fill_n(to, black, level[0]);
        if (change.mirrored) {
            decode_mirrored(row + data_->width - 1 - columns.from, to, columns.count, level);
        } else {
            decode(row + columns.from, to, columns.count, level);
        }
        to += columns.count;
        black = width_ - columns.count;
    }
    std::fill_n(to, end - to, level[0]);
}

template <typename T>
void ImageRows::fill_interleaved(const std::uint8_t* from, const Change& change, const Levels<T>& levels, T* to) const {
    const Window rows(data_->height, height_, change.down);
    const Window columns(data_->width, width_, change.right);
    const auto channels = static_cast<std::int64_t>(levels.size());
    for (std::int64_t c = 0; c < channels; ++c) {
        const T* level = levels.begin()[c].data();
        for (std::int64_t at = 0; at < height_ * width_; ++at) to[at * channels + c] = level[0];
        const std::uint8_t* plane = from + c * data_->height * data_->width;
        for (std::int64_t y = 0; y < rows.count; ++y) {
            const std::uint8_t* row = plane + (rows.from + y) * data_->width;
            T* into = to + ((rows.to + y) * width_ + columns.to) * channels + c;
            for (std::int64_t x = 0; x < columns.count; ++x) {
                const std::int64_t pixel = columns.from + x;
                into[x * channels] = level[row[change.mirrored ? data_->width - 1 - pixel : pixel]];
            }
        }
    }
}

template <typename T>
void ImageRows::fill_as(std::int64_t sample, const Change& change, const Levels<T>& levels, T* to) const {
    const std::int64_t area = data_->height * data_->width;
    const std::uint8_t* from = data_->pixels.data() + sample * data_->channels * area;
    if (channels_last_) return fill_interleaved(from, change, levels, to);
    for (const std::array<T, 256>& level : levels) {
        fill_plane(from, change, level.data(), to);
        from += area;
        to += height_ * width_;
    }
}

template void ImageRows::fill_as(std::int64_t, const Change&, const Levels<float>&, float*) const;
template void ImageRows::fill_as(std::int64_t, const Change&, const Levels<double>&, double*) const;

}  // namespace ricci::runtime
