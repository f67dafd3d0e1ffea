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
    std::size_t root(std::size_t slot) const { return roots_[slot]; }

    /// Makes the tables of one call. `held` has the memory of parameters, state and outputs by slot; `chunks` is the
    /// number of copies of the per-chunk region. Allocates only when the arena or the team grows.
    void place(const BoundInputs& bound, std::span<const std::shared_ptr<Buffer>> held, int threads,
               std::int64_t chunks);

    /// Addresses by slot, as the kernels of this thread find them; a per-chunk slot is at chunk 0.
    std::span<void* const> table(int worker) const {
        return tables_[tables_.size() > 1 ? static_cast<std::size_t>(worker) : 0];
    }
    /// The memory of one chunk's per-chunk slots.
    std::byte* chunk(std::int64_t number) const { return chunks_ + number * program_.per_chunk_bytes; }
    std::int64_t arena_bytes() const { return arena_.bytes(); }
    /// Forgets what the arena holds, where somebody looks for reads of it (runtime/base/fill.h).
    void forget_arena() { fill_unwritten(base_, arena_.bytes()); }

  private:
    void fill(std::vector<void*>& table, const BoundInputs& bound, std::span<const std::shared_ptr<Buffer>> held,
              std::byte* own) const;

    const Program& program_;
    std::vector<std::size_t> roots_;
    Arena arena_;
    std::byte* base_ = nullptr;
    std::byte* chunks_ = nullptr;
    std::int64_t pairs_ = 0;                  // of samples, rounded up so that slots per pair are aligned
    std::vector<std::vector<void*>> tables_;  // by worker; one for all if nothing is per thread
};

}  // namespace ricci::runtime
