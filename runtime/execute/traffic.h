/// \file runtime/execute/traffic.h
/// Prefetches what goes from core to core in a training step. These are the parameters that other threads have updated,
/// and other threads' parts of the sums. Internal.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/execute/addresses.h"
#include "runtime/execute/sweeps.h"

namespace ricci::runtime {

/// Lines that a thread has yet to ask for.
class PrefetchQueue {
  public:
    void clear() { *this = {}; }
    /// The whole blocks of Ahead::kLines lines in [begin, end), from kernel number `from` on.
    void add(bool write, std::size_t from, const std::byte* begin, const std::byte* end);
    /// What kernel number `kernel` is given.
    Ahead* before(std::size_t kernel);

  private:
    struct Item {
        std::size_t from = 0;
        Ahead::Lines lines;
    };
    static void refill(std::vector<Item>& items, std::size_t kernel, Ahead::Lines& lines);

    std::vector<Item> read_;
    std::vector<Item> write_;
    Ahead ahead_;
};

/// For batch tiles of which each thread of a team does one chunk. In a sweep, thread w of n begins with rows [rows * w
/// / n, rows * (w + 1) / n) of parameters and sums. Rows that another thread takes over were prefetched in vain.
class Traffic {
  public:
    /// Keeps references to all of these.
    Traffic(const Program& program, const Addresses& addresses, const Sweeps& sweeps);

    /// As a thread begins its chunk: the parameters that others have updated, and its own part of the sums, which
    /// others have read.
    void begin(TileId tile, int worker, int threads, PrefetchQueue& queue) const;
    /// Before the last tile of its chunk, a thread prefetches other threads' parts of the sums that it will add up. It
    /// also prefetches the parameters that it will update. Both start at the last kernel that otherwise needs
    /// this memory.
    void end(TileId tile, int worker, int threads, PrefetchQueue& queue) const;

  private:
    struct Shared {
        SlotId slot;
        std::int64_t rows;
        std::int64_t row_bytes;
        std::size_t after;  // the last kernel of the tile that uses it
    };
    struct Span {
        const std::byte* begin;
        const std::byte* end;
    };
    const std::byte* parameter(const Shared& shared) const;
    const std::byte* part(const Shared& shared, int chunk) const;
    static Span rows_of(const Shared& shared, const std::byte* first, int worker, int threads);

    const Program& program_;
    const Addresses& addresses_;
    IdVector<TileId, std::vector<Shared>> parameters_;  // those that a tile's kernels read and a sweep updates
    IdVector<TileId, std::vector<Shared>> sums_;        // those that a sweep adds up
};

}  // namespace ricci::runtime
