/// \file frontend/data/pass.h
/// One pass over a source: its order, its batches in turn, and who makes them. Internal.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "ricci/data_source.h"
#include "runtime/base/buffer.h"
#include "runtime/data/prefetch.h"
#include "runtime/parallel/spare_time.h"

namespace ricci::detail {

/// The batches are made by a thread that is a few ahead of the reader, or by the team. The team makes them while its
/// threads wait for each other.
class Pass {
  public:
    Pass(std::shared_ptr<const DataSource> source, std::int64_t size, Order order, int busy);

    const DataSource& source() const { return *source_; }
    /// Batches of this pass, without those that are left out.
    std::int64_t count() const { return batches_ - order_.first; }
    void start();
    /// Batch `number` from 0, which follows on the one before.
    void next(std::int64_t number);
    /// The batch that next() came to.
    const Samples& current() const { return current_->samples; }
    /// One of its fields, in the memory of the batch.
    Array view(std::size_t field) const;

  private:
    struct Batch {
        Samples samples;
        std::vector<std::shared_ptr<runtime::Buffer>> buffers;  // that the samples' arrays show
        std::vector<Rows::Block> blocks;
    };

    Batch make_batch(std::int64_t samples) const;
    Batch& batch_at(std::int64_t number);
    std::int64_t samples_of(std::int64_t number) const;
    void size(std::int64_t number, Batch& batch) const;
    void fill(std::int64_t number, std::int64_t begin, std::int64_t end, const Batch& batch) const;
    void upcome(std::int64_t number);

    std::shared_ptr<const DataSource> source_;
    std::int64_t size_;
    Order order_;
    std::int64_t batches_;               // of a whole pass
    std::vector<std::int64_t> samples_;  // in their order
    std::vector<Batch> ring_;
    std::int64_t upcoming_ = -1;  // the batch that the team is to make
    const Batch* current_ = nullptr;
    // The last members: nobody makes batches when the rest goes.
    std::optional<runtime::SpareTime> team_ = {};
    std::optional<runtime::Prefetch> ahead_ = {};
};

}  // namespace ricci::detail
