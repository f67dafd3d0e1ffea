/// \file runtime/data/batches.h
/// Batches of a data set: order, decoding and padding.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "ricci/dataset.h"

namespace ricci::runtime {

using ricci::Dataset;
using ricci::PixelScale;

/// The scale that gives all pixels of a set mean 0 and deviation 1; a test set takes that of its training set.
/// Source: LeCun et al. 1998, "Efficient BackProp", section 4.3.
PixelScale standard_scale(const Dataset& data);

struct BatchOptions {
    std::int64_t size = 64;
    bool shuffle = true;
    std::uint64_t seed = 0;
    std::int64_t padded_height = 0;  // images are set in the middle of black of this size; 0 = as they are
    std::int64_t padded_width = 0;
    PixelScale scale = {};
};

/// One pass over a data set, in batches; the last one has what is left. The order depends on (seed, epoch) alone.
class Batches {
  public:
    /// Keeps a reference to the data. \throws UserError if the size is below 1 or the padding below the image's size.
    Batches(const Dataset& data, const BatchOptions& options, std::int64_t epoch);
    Batches(const Dataset&& data, const BatchOptions& options, std::int64_t epoch) = delete;

    std::int64_t count() const;                      // batches
    std::int64_t samples(std::int64_t batch) const;  // in batch number `batch`, from 0
    std::int64_t height() const { return height_; }  // with padding
    std::int64_t width() const { return width_; }

    /// Writes the images, [samples, height, width], and the labels of one batch, and returns its samples. Pixels are
    /// from 0 to 1 unless the options scale them. Cost: 0.3 microseconds an image of MNIST.
    /// \throws UserError if there is no such batch or a span is too short for it.
    std::int64_t fill(std::int64_t batch, std::span<float> images, std::span<std::int32_t> labels) const;
    std::int64_t fill(std::int64_t batch, std::span<double> images, std::span<std::int32_t> labels) const;
    /// The same for its samples [begin, end) alone; different ones may be filled at a time.
    void fill(std::int64_t batch, std::int64_t begin, std::int64_t end, std::span<float> images,
              std::span<std::int32_t> labels) const;
    void fill(std::int64_t batch, std::int64_t begin, std::int64_t end, std::span<double> images,
              std::span<std::int32_t> labels) const;

  private:
    template <typename T>
    void fill_as(std::int64_t batch, std::int64_t begin, std::int64_t end, const std::array<T, 256>& level,
                 std::span<T> images, std::span<std::int32_t> labels) const;
    template <typename T>
    void fill_image(std::int64_t position, const std::array<T, 256>& level, T* to) const;
    const std::uint8_t* pixels_of(std::int64_t position) const;
    std::int64_t index_of(std::int64_t position) const;

    const Dataset* data_;
    std::int64_t size_;
    std::int64_t height_;
    std::int64_t width_;
    std::array<float, 256> levels_f32_;  // what each value of a pixel becomes
    std::array<double, 256> levels_f64_;
    std::vector<std::int64_t> order_;  // empty = in order
};

}  // namespace ricci::runtime
