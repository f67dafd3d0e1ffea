/// \file runtime/data/shapes.h
/// Labelled colour images of shapes, drawn where there are no files.
#pragma once

#include <cstdint>

#include "ricci/dataset.h"

namespace ricci::runtime {

class ThreadTeam;

using ricci::Dataset;

/// Shapes of any colour on a ground of any other, 3 x 32 x 32. The 10 classes are disc, ring, square, frame, triangle,
/// diamond, plus, cross, bars and checks. Place, size, slant, colours and noise are drawn. Image i depends on the seed
/// and on i alone, and is the same on every platform. A test set has a seed of its own.
/// \throws UserError if count is below 1.  Cost: about 20 microseconds an image and thread.
Dataset draw_shapes(std::int64_t count, std::uint64_t seed, ThreadTeam* team = nullptr);

}  // namespace ricci::runtime
