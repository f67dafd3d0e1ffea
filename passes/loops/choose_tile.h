/// \file passes/loops/choose_tile.h
/// The register tile of a sum of products that is predicted to take the fewest cycles.
#pragma once

#include <optional>
#include <vector>

#include "ir/loops/contraction.h"
#include "passes/machine.h"

namespace ricci::passes {

/// The plan with the least predicted cycles. `split`: a level that a call does a part of, which stays a plain loop; -1
/// for none. Nothing when
/// - the nest is no float sum of products over enough points, or
/// - no level gives vectors that are contiguous in memory.
std::optional<ir::Contraction> plan_contraction(const ir::Nest& nest, const Machine& machine, ir::LevelId split = -1);

/// The choices with the least predicted cycles, best first, `most` at the most; the first is that of plan_contraction.
/// Tiles of other sizes along the same levels are much alike, so only a few of them are among these.
std::vector<ir::TileChoice> promising_tiles(const ir::Nest& nest, const Machine& machine, ir::LevelId split,
                                            std::size_t most);

/// The plan with a certain vector level and tile, or nothing when plan_contraction would not consider it.
std::optional<ir::Contraction> plan_with(const ir::Nest& nest, const Machine& machine, ir::LevelId split,
                                         const ir::TileChoice& choice);

}  // namespace ricci::passes
