/// \file frontend/train/data.h
/// Labelled images in batches, as a model's inputs take them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "ir/core/type.h"
#include "runtime/base/buffer.h"
#include "runtime/data/dataset.h"

namespace ricci {

using runtime::draw_digits;
using runtime::load_mnist;

/// Images and the numbers of their classes (i32). The last batch of a set may be smaller.
struct Batch {
    runtime::Buffer images;
    runtime::Buffer labels;
    std::int64_t count = 0;  // of samples
};

/// The order of the samples: that of the data set, or one drawn from the seed and the number of the epoch.
struct Order {
    bool shuffled = false;
    std::uint64_t seed = 0;
    std::int64_t epoch = 0;
};
inline Order in_order() {
    return {};
}
inline Order shuffle(std::uint64_t seed, std::int64_t epoch = 0) {
    return {true, seed, epoch};
}

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

    BatchRange(std::shared_ptr<const runtime::Dataset> data, const ir::TensorType& images, runtime::PixelScale scale,
               std::int64_t size, Order order, int busy);
    BatchRange(BatchRange&&) noexcept;
    BatchRange& operator=(BatchRange&&) noexcept;
    ~BatchRange();
    /// Starts at the first batch, each time it is called.
    Iterator begin();
    Iterator end();

  private:
    std::shared_ptr<Ring> ring_;
};

/// A data set in the form that a model takes: the type of its image input gives dtype, size (images are set in the
/// middle of black) and order of axes.
class ImageData {
  public:
    /// Pixels are from 0 to 1, or as `scale` says: runtime::standard_scale(training set) helps training.
    /// \throws UserError unless `images` is f32 or f64 with a batch, one channel, and room for the images.
    ImageData(runtime::Dataset data, ir::TensorType images, runtime::PixelScale scale = {});

    /// \param busy  threads that the work on a batch keeps busy; 0: those of the compiled function that has most. Where
    ///              that leaves a processor, the next batches are made there meanwhile; else these threads make the
    ///              next batch while they wait for each other, and what is left of it together when it is due: a thread
    ///              more would take the time from one of them.
    BatchRange batches(std::int64_t size, Order order = in_order(), int busy = 0) const;
    std::int64_t count() const { return data_->count; }
    std::string name() const { return data_->name; }

  private:
    std::shared_ptr<const runtime::Dataset> data_;
    ir::TensorType images_;
    runtime::PixelScale scale_;
};

}  // namespace ricci
