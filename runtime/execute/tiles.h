/// \file runtime/execute/tiles.h
/// Runs the kernels of a batch tile. Chunks of tiles run over the thread team. Then what the chunks hold is summed, as
/// far as no sweep adds it up. Internal.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/execute/addresses.h"
#include "runtime/execute/chunk_sum.h"
#include "runtime/execute/kernel_calls.h"
#include "runtime/execute/sweeps.h"
#include "runtime/execute/tile_counts.h"
#include "runtime/execute/traffic.h"
#include "runtime/parallel/threads.h"

namespace ricci::runtime {

class TileRuns {
  public:
    /// Keeps references to all of these.
    TileRuns(const Program& program, const Addresses& addresses, KernelCalls& calls, Sweeps& sweeps);

    /// Copies of the per-chunk region to keep room for: those of a batch, or all there may be where they are small.
    std::int64_t chunks(std::int64_t batch) const;

    /// Runs region number `tile` for a whole batch, and in the same run of the team the sweep behind it. A thread whose
    /// chunks are done begins with the rows that all threads have finished. Sums that no sweep adds up take a second
    /// run, before which no sweep begins. Returns the first kernel that is left to run. \throws UserError as
    /// KernelCalls::call(), for the first chunk that fails.
    std::size_t run(TileId tile, std::int64_t batch, ThreadTeam& team);

  private:
    struct Moving {  // a slot that follows the tile's first sample
        SlotId slot;
        std::int64_t bytes_a_sample;
    };
    struct Part {  // a slot of which every chunk has a copy
        SlotId slot;
        std::int64_t offset;
        std::int64_t elements;
        DType dtype;
        TileId tile;
        bool owner;       // of its memory: no alias
        bool added_here;  // no alias, which would be added twice, and nothing that a sweep adds up
    };

    struct Own {                   // what a worker has for itself
        IdVector<SlotId, void*> table;  // the addresses of the tile in hand
        PrefetchQueue ahead;
        std::vector<std::byte> totals;  // of a long chunk: what its blocks of tiles came to
    };
    struct ChunkWorker {  // who does a chunk
        WorkerId worker = 0;
        int threads = 1;
        bool one_each = false;  // every thread does one chunk
    };

    void run_chunk(TileId tile, const TileCounts& counts, std::int64_t chunk, const ChunkWorker& by,
                   std::int64_t batch);
    /// Asks for the inputs of the tile that begins at a sample.
    void ask_for_inputs(TileId tile, IdSpan<SlotId, void* const> whole, std::int64_t sample, std::int64_t batch,
                        PrefetchQueue& ahead) const;
    /// Adds a chunk's sums to the totals, or sets those from the first block; after the last one the totals are its
    /// sums.
    void add_block(TileId tile, std::int64_t chunk, bool first, bool last, std::vector<std::byte>& totals) const;
    bool adds_chunks(TileId tile) const;
    void add_chunks(TileId tile, std::int64_t chunks, ThreadTeam& team) const;
    /// Chunks [of threads * share, ...) of a region, then rows of the sweep behind it, if there is one.
    void run_share(TileId tile, const TileCounts& counts, std::int64_t share, const ChunkWorker& by,
                   const Sweeps::Sweep* sweep, std::int64_t batch);

    const Program& program_;
    const Addresses& addresses_;
    KernelCalls& calls_;
    std::vector<Moving> moving_;
    IdVector<TileId, std::vector<Moving>> inputs_;  // what a tile's kernels read of the caller's
    std::vector<Part> parts_;
    Sweeps& sweeps_;
    Traffic traffic_;
    IdVector<WorkerId, Own> own_;
    /// By chunk: the kernels below this are done with its last tile.
    struct alignas(64) Done {
        std::atomic<std::size_t> below = 0;
    };
    std::array<Done, kMostChunks> done_;
    std::atomic<int> arrived_ = 0;  // threads that have done their chunks
};

}  // namespace ricci::runtime
