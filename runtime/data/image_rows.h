/// \file runtime/data/image_rows.h
/// Images of a data set as the numbers that a model takes: order, decoding, padding, random changes.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ricci/dataset.h"

namespace ricci::runtime {

using ricci::Dataset;
using ricci::PixelScale;

/// The scale that gives all pixels of a set mean 0 and deviation 1; a test set takes that of its training set.
/// Source: LeCun et al. 1998, "Efficient BackProp", section 4.3.
PixelScale standard_scale(const Dataset& data);
/// The same for each channel by itself.
std::vector<PixelScale> channel_scales(const Dataset& data);

/// The numbers of `count` samples in the order of an epoch, which depends on (seed, epoch) alone.
std::vector<std::int64_t> shuffled_order(std::int64_t count, std::uint64_t seed, std::int64_t epoch);

struct ImageForm {
    std::int64_t height = 0;  // images are set in the middle of black of this size; 0 = as they are
    std::int64_t width = 0;
    bool channels_last = false;
    std::vector<PixelScale> scales = {};  // one for all channels, one for each, or none: from 0 to 1
};

/// How one image is changed before it is decoded.
struct Change {
    std::int64_t down = 0;   // pixels; black comes in
    std::int64_t right = 0;  // pixels
    bool mirrored = false;   // left and right
};

/// What is drawn for an image: shifts of up to `shift` pixels, and a mirrored one for every second where `flip` is set.
Change draw_change(std::int64_t shift, bool flip, std::uint64_t seed, std::int64_t epoch, std::int64_t sample);

class ImageRows {
  public:
    /// Keeps a reference to the data. \throws UserError if the form is smaller than the images, or has another number
    /// of scales than 0, 1 and that of the channels.
    ImageRows(const Dataset& data, const ImageForm& form);
    ImageRows(const Dataset&& data, const ImageForm& form) = delete;

    std::int64_t elements() const { return data_->channels * height_ * width_; }  // of an image
    /// Writes image number `sample`. Cost: 0.3 microseconds an image of MNIST. \pre there is such an image
    void fill(std::int64_t sample, const Change& change, float* to) const { fill_as(sample, change, levels_f32_, to); }
    void fill(std::int64_t sample, const Change& change, double* to) const { fill_as(sample, change, levels_f64_, to); }
    /// Asks for the memory of an image that is needed soon: in a shuffled order nothing else would fetch it in time.
    void fetch(std::int64_t sample) const;

  private:
    template <typename T>
    using Levels = std::vector<std::array<T, 256>>;  // by channel: what each value of a pixel becomes

    template <typename T>
    void fill_as(std::int64_t sample, const Change& change, const Levels<T>& levels, T* to) const;
    template <typename T>
    void fill_plane(const std::uint8_t* from, const Change& change, const T* level, T* to) const;
    template <typename T>
    void fill_interleaved(const std::uint8_t* from, const Change& change, const Levels<T>& levels, T* to) const;

    const Dataset* data_;
    std::int64_t height_;
    std::int64_t width_;
    bool channels_last_;
    Levels<float> levels_f32_;
    Levels<double> levels_f64_;
};

}  // namespace ricci::runtime
