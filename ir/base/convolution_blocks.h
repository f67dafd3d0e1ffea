/// \file ir/base/convolution_blocks.h
/// Sizes of the blocks that the runtime's convolutions work in. What computes them and what predicts their time share them.
#pragma once

#include <cstdint>

namespace ricci {

// clang-format off
inline constexpr std::int64_t kBlockVectors = 12;           // vectors of positions of a block: the second-level cache holds it
inline constexpr std::int64_t kPanelVectors = 3;            // vectors of channels of a panel: the columns of a register tile
inline constexpr std::int64_t kSummedPositions = 160;       // positions summed before a store: the first-level cache holds a panel
inline constexpr std::int64_t kMostFrameSums = 256 * 1024;  // sums of the panels of one frame: half of a cache of 2 MiB
inline constexpr std::int64_t kFewSweptChannels = 16;       // channels of an image from which on each remainder has its own sweep
// clang-format on

}  // namespace ricci
