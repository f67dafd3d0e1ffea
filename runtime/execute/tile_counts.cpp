// Chunks are as many as give each thread an equal share.
#include "runtime/execute/tile_counts.h"

#include <algorithm>
#include <bit>

#include "runtime/execute/chunk_sum.h"

namespace ricci::runtime {

TileCounts TileCounts::of(std::int64_t samples_a_tile, std::int64_t batch) {
    const std::int64_t tiles = batch / samples_a_tile + (batch % samples_a_tile != 0 ? 1 : 0);
    const std::int64_t most = std::min({tiles, std::max<std::int64_t>(tiles / 2, 2), kMostChunks});
    return {tiles, static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(most)))};
}

}  // namespace ricci::runtime
