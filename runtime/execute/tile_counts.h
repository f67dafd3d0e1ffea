/// \file runtime/execute/tile_counts.h
/// How many tiles and chunks a batch has. Internal.
#pragma once

#include <cstdint>

namespace ricci::runtime {

/// How a batch is dealt out. Chunks are 1, 2, 4 or 8: a power of two, so that equal threads get equal shares and the
/// tree of sums is full. More than two have at least two tiles each, for every chunk costs a sum.
struct TileCounts {
    std::int64_t tiles = 0;
    std::int64_t chunks = 0;

    static TileCounts of(std::int64_t samples_a_tile, std::int64_t batch);
    /// Chunk c has tiles [begin(c), begin(c + 1)).
    std::int64_t begin(std::int64_t chunk) const { return chunk * tiles / chunks; }
};

}  // namespace ricci::runtime
