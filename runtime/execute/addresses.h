/// \file runtime/execute/addresses.h
/// Where every slot of a program lies during one call: the arena, and a table of addresses for each thread. Internal.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "runtime/base/fill.h"
#include "runtime/execute/binding.h"
#include "runtime/execute/executable.h"

namespace ricci::runtime {

class Addresses {
  public:
    /// Keeps a reference to the program.
    explicit Addresses(const Program& program);

    /// The slot whose memory this one uses: itself, unless it is an alias.
    SlotId root(SlotId slot) const { return roots_[slot]; }

    /// Makes the tables of one call. `held` has the memory of parameters, state and outputs by slot; `chunks` is the
    /// number of copies of the per-chunk region. Allocates only when the arena or the team grows.
    void place(const BoundInputs& bound, IdSpan<SlotId, const std::shared_ptr<Buffer>> held, std::size_t threads,
               std::int64_t chunks);

    /// Addresses by slot, as the kernels of this thread find them; a per-chunk slot is at chunk 0.
    IdSpan<SlotId, void* const> table(WorkerId worker) const { return {tables_[tables_.size() > 1 ? worker : 0]}; }
    /// The memory of one chunk's per-chunk slots.
    std::byte* chunk(std::int64_t number) const { return chunks_ + number * program_.per_chunk_bytes; }
    std::int64_t arena_bytes() const { return arena_.bytes(); }
    /// Forgets what the arena holds, where somebody looks for reads of it (runtime/base/fill.h).
    void forget_arena() { fill_unwritten(base_, arena_.bytes()); }

  private:
    void fill(IdVector<SlotId, void*>& table, const BoundInputs& bound,
              IdSpan<SlotId, const std::shared_ptr<Buffer>> held, std::byte* own) const;

    const Program& program_;
    IdVector<SlotId, SlotId> roots_;
    Arena arena_;
    std::byte* base_ = nullptr;
    std::byte* chunks_ = nullptr;
    std::int64_t pairs_ = 0;                  // of samples, rounded up so that slots per pair are aligned
    IdVector<WorkerId, IdVector<SlotId, void*>> tables_;  // one for all if nothing is per thread
};

}  // namespace ricci::runtime
