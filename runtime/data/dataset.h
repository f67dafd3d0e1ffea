/// \file runtime/data/dataset.h
/// Labelled grey images: MNIST from its files, digits drawn here where there are no files, and batches of either.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "ricci/dataset.h"

namespace ricci::runtime {

class ThreadTeam;

using ricci::Dataset;
using ricci::PixelScale;
using ricci::TrainTest;

/// One set from a file of images and a file of labels in the IDX format of MNIST, plain or gzipped.
/// Source: LeCun, Cortes, Burges, "The MNIST database", "File formats for the MNIST database".
/// \throws UserError naming the file, the offset and the values: no such file, a wrong magic number, a file that is cut
///         short or longer than its header says, damaged gzip data, a label of `classes` or more, no images, or
///         different numbers of images and labels. Memory grows with the data found, not with what a header claims.
Dataset load_idx(const std::filesystem::path& images, const std::filesystem::path& labels, std::int64_t classes,
                 std::string name);

/// The four files of MNIST in a folder, each as "train-images-idx3-ubyte" or "train-images.idx3-ubyte", or these with
/// ".gz". \throws UserError as load_idx(), or naming every file that is missing.
TrainTest load_mnist(const std::filesystem::path& folder);

/// Digits drawn from stroke shapes, 28 x 28, in 10 classes, with random shift, slant, scale, thickness and noise.
/// Image i depends on the seed and on i alone, and is the same on every platform; a test set has a seed of its own.
/// As hard as MNIST: LeNet-5 gets some 99 % of a test set right after 3 epochs of 60,000, 97.5 % after 3 of 20,000.
/// \throws UserError if count is below 1.  Cost: about 15 microseconds an image and thread.
Dataset draw_digits(std::int64_t count, std::uint64_t seed, ThreadTeam* team = nullptr);

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
