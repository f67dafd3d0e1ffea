/// \file runtime/data/garments.h
/// Labelled grey images of garments, drawn where there are no files.
#pragma once

#include <cstdint>

#include "ricci/dataset.h"

namespace ricci::runtime {

class ThreadTeam;

using ricci::Dataset;

/// Garments of any cloth, 28 x 28. The classes are those of Fashion-MNIST: T-shirt, trouser, pullover, dress, coat, sandal,
/// shirt, sneaker, bag and ankle boot. Outline, cloth, place, size and noise are drawn. The outlines of the five classes of
/// tops overlap. An image may then be of several classes, and no model tells all of them. So it is harder than
/// draw_digits(). Image i depends on the seed and on i alone, and is the same on every platform. A test set has a
/// seed of its own.
/// \throws UserError if count is below 1.  Cost: about 20 microseconds an image and thread.
Dataset draw_garments(std::int64_t count, std::uint64_t seed, ThreadTeam* team = nullptr);

}  // namespace ricci::runtime
