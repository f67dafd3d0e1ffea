/// \file ricci/data_source.h
/// Where samples come from: one concept for the trainer, for the commands, and for data of your own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ricci/array.h"
#include "ricci/type.h"

namespace ricci {

namespace detail {
class Pass;
}

/// What every sample has. The type begins with an open batch: "images: f32[batch ?, channel 1, height 28, width 28]".
/// A step takes a field into its input of that name; where none has such a name, fields and inputs are paired by place.
struct Field {
    std::string name;
    TensorType type;
};

/// The order of the samples in a pass: that of the source, or one drawn from the seed and the number of the epoch. It
/// is also a position to go on from: a checkpoint stores these four numbers.
struct Order {
    bool shuffled = false;
    std::uint64_t seed = 0;
    std::int64_t epoch = 0;
    std::int64_t first = 0;  // batches of the pass that are left out at its beginning
};
inline Order in_order() {
    return {};
}
inline Order shuffle(std::uint64_t seed, std::int64_t epoch = 0) {
    return {true, seed, epoch};
}

/// Rows that are asked of a source: rows [begin, end) of a batch. What is drawn for one depends on the order's seed and
/// epoch and on the number of the sample alone. Nothing is drawn unless the order is shuffled.
struct SampleRequest {
    std::span<const std::int64_t> samples;  // their numbers: of row 0, of row 1, ...; then those of later batches
    std::int64_t begin = 0;
    std::int64_t end = 0;
    Order order = {};
};

/// The memory of a batch, a row of each field for each sample.
class Rows {
  public:
    struct Block {
        DType dtype;
        void* data;
        std::int64_t elements;  // of a row
    };
    explicit Rows(std::span<const Block> fields) : fields_(fields) {}
    /// \throws UserError if there is no such field, or T is not its dtype. The row is not checked.
    template <ArrayElement T>
    std::span<T> row(std::size_t field, std::int64_t row) const {
        if (field >= fields_.size()) refuse(field);
        const Block& block = fields_[field];
        if (block.dtype != dtype_of<T>()) refuse(field, dtype_of<T>());
        return {static_cast<T*>(block.data) + row * block.elements, static_cast<std::size_t>(block.elements)};
    }

  private:
    [[noreturn]] void refuse(std::size_t field) const;
    [[noreturn]] void refuse(std::size_t field, DType asked) const;
    std::span<const Block> fields_;
};

/// The samples of one batch, an array for each field. Valid until the next batch of its pass.
class Samples {
  public:
    /// \throws UserError when there are fewer fields.
    const Array& operator[](std::size_t field) const;
    /// \throws UserError naming the fields when there is none of that name.
    const Array& operator[](std::string_view field) const;
    std::span<const Array> arrays() const { return arrays_; }
    std::int64_t count() const { return count_; }
    std::int64_t number() const { return number_; }  // of the batch in its pass, from 0

  private:
    friend class detail::Pass;
    std::vector<Array> arrays_;
    std::vector<std::string> names_;
    std::int64_t count_ = 0;
    std::int64_t number_ = 0;
};

/// One pass over a source: `for (const Samples& batch : source.samples(64)) ...`. The source outlives it. What a batch
/// holds does not depend on who makes it, or when.
class SampleRange {
  public:
    class Iterator {
      public:
        const Samples& operator*() const;
        Iterator& operator++();
        bool operator!=(const Iterator& other) const { return number_ != other.number_; }

      private:
        friend class SampleRange;
        Iterator(std::shared_ptr<detail::Pass> pass, std::int64_t number);
        std::shared_ptr<detail::Pass> pass_;
        std::int64_t number_;
    };

    explicit SampleRange(std::shared_ptr<detail::Pass> pass);
    /// Starts at the first batch, each time it is called.
    Iterator begin();
    Iterator end();

  private:
    std::shared_ptr<detail::Pass> pass_;
};

/// Samples by number. A source of your own derives from this: it says four things, and the passes follow.
class DataSource {
  public:
    virtual ~DataSource() = default;

    virtual std::string name() const = 0;
    virtual std::int64_t count() const = 0;  // samples
    virtual const std::vector<Field>& fields() const = 0;
    /// Writes rows. Several threads call it at a time, for different rows.
    virtual void fill(const SampleRequest& request, const Rows& rows) const = 0;
    /// Samples [begin, end) as a source of their own, called `name`, which reads nothing of the others in any order. It is
    /// for sources whose samples overlap, as those of a text do: hold_out() then holds out the last samples. Null: samples
    /// stand alone, and any of them may be held out.
    virtual std::shared_ptr<const DataSource> part(std::int64_t begin, std::int64_t end, const std::string& name) const;
    /// Whether a row takes some microseconds at most and fill() does not throw. Threads that wait for each other then
    /// make rows meanwhile. Rows of other sources are made on a thread of their own, in the time that the rest leaves.
    virtual bool is_quick() const { return false; }

    /// \param busy  threads that the work on a batch keeps busy; 0: those of the compiled function that has most.
    /// \throws UserError if size is below 1, or the pass has fewer batches than are to be left out.
    SampleRange samples(std::int64_t size, Order order = in_order(), int busy = 0) const;
};

}  // namespace ricci
