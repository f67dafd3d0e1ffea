/// \file ricci/data.h
/// Labelled images in batches, as a model's inputs take them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ricci/array.h"
#include "ricci/data_source.h"
#include "ricci/dataset.h"
#include "ricci/type.h"

namespace ricci {

/// One set from a file of images and a file of labels in the IDX format of MNIST, plain or gzipped.
/// Source: LeCun, Cortes, Burges, "The MNIST database", "File formats for the MNIST database".
/// \throws UserError naming the file, the offset and the values: no such file, a wrong magic number, damaged gzip data,
///         no images. Also for a file that is cut short or longer than its header says, and for a label of `classes` or
///         more. So are different numbers of images and labels. Memory grows with the data found, not with a header's claim.
Dataset load_idx(const std::filesystem::path& images, const std::filesystem::path& labels, std::int64_t classes,
                 std::string name);

/// The four files of MNIST in a folder, each as "train-images-idx3-ubyte" or "train-images.idx3-ubyte", or these with
/// ".gz". \throws UserError as load_idx(), or naming every file that is missing.
TrainTest load_mnist(const std::filesystem::path& folder);

/// Digits drawn from stroke shapes, 28 x 28, in 10 classes, with random shift, slant, scale, thickness and noise.
/// Image i depends on the seed and on i alone, and is the same on every platform. A test set has a seed of its own. As
/// hard as MNIST: LeNet-5 gets some 99 % of a test set right after 3 epochs of 60,000, 97.5 % after 3 of 20,000.
/// \throws UserError if count is below 1.  Cost: about 15 microseconds an image.
Dataset draw_digits(std::int64_t count, std::uint64_t seed);

/// The scale that gives all pixels of a set mean 0 and deviation 1; a test set takes that of its training set.
/// Source: LeCun et al. 1998, "Efficient BackProp", section 4.3.
PixelScale standard_scale(const Dataset& data);
/// The same for each channel by itself.
std::vector<PixelScale> channel_scales(const Dataset& data);

/// Images and the numbers of their classes (i32). The last batch of a set may be smaller.
struct Batch {
    Array images;
    Array labels;
    std::int64_t count = 0;  // of samples
};

/// One pass over the data: `for (const Batch& batch : data.batches(64)) ...`. A batch is valid until the next one. What
/// it holds does not depend on who makes it, or when. Ranges and iterators keep the data that they go through.
class BatchRange {
    struct Ring;

  public:
    class Iterator {
      public:
        const Batch& operator*() const;
        Iterator& operator++();
        bool operator!=(const Iterator& other) const { return number_ != other.number_; }

      private:
        friend class BatchRange;
        Iterator(std::shared_ptr<Ring> ring, std::int64_t number);
        std::shared_ptr<Ring> ring_;
        std::int64_t number_;
    };

    explicit BatchRange(std::shared_ptr<detail::Pass> pass);
    BatchRange(BatchRange&&) noexcept;
    BatchRange& operator=(BatchRange&&) noexcept;
    ~BatchRange();
    /// Starts at the first batch, each time it is called.
    Iterator begin();
    Iterator end();

  private:
    std::shared_ptr<Ring> ring_;
};

/// Random changes of training images; black comes in where an image moves.
struct Augment {
    std::int64_t shift = 0;  // up to so many pixels along height and width
    bool flip = false;       // left and right, of every second image or so
};

/// A data set in the form that a model takes: fields "images" and "labels". The type of its image input gives the
/// dtype, the size and the order of axes. Smaller images are set in the middle of black.
class ImageData : public DataSource {
  public:
    /// Pixels are from 0 to 1, or as `scale` says: standard_scale(training set) helps training.
    /// \throws UserError unless `images` is f32 or f64 with a batch, the channels, and room for the images. The
    ///         channels stand before the height or after the width; one channel may stand anywhere.
    ImageData(Dataset data, TensorType images, PixelScale scale = {});
    /// A scale for each channel, and changes that are drawn for each image and epoch.
    ImageData(Dataset data, TensorType images, std::vector<PixelScale> scales, Augment augment = {});

    /// \param busy  threads that the work on a batch keeps busy; 0: those of the compiled function that has most. Where
    ///              that leaves a processor, the next batches are made there meanwhile. Else a thread more would take
    ///              the time from one of these. So they make the next batch while they wait for each other, and what is
    ///              left of it together when it is due.
    BatchRange batches(std::int64_t size, Order order = in_order(), int busy = 0) const;

    std::string name() const override;
    std::int64_t count() const override;
    const std::vector<Field>& fields() const override;
    void fill(const SampleRequest& request, const Rows& rows) const override;
    bool is_quick() const override { return true; }
    const Dataset& dataset() const;

  private:
    class Source;
    std::shared_ptr<const Source> source_;
};

}  // namespace ricci
