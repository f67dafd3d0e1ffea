/// \file runtime/data/digits.h
/// Labelled images of digits, drawn where there are no files.
#pragma once

#include <cstdint>

#include "ricci/dataset.h"

namespace ricci::runtime {

class ThreadTeam;

using ricci::Dataset;

/// Digits drawn from stroke shapes, 28 x 28, in 10 classes, with random shift, slant, scale, thickness and noise.
/// Image i depends on the seed and on i alone, and is the same on every platform. A test set has a seed of its own. As
/// hard as MNIST: LeNet-5 gets some 99 % of a test set right after 3 epochs of 60,000, 97.5 % after 3 of 20,000.
/// \throws UserError if count is below 1.  Cost: about 15 microseconds an image and thread.
Dataset draw_digits(std::int64_t count, std::uint64_t seed, ThreadTeam* team = nullptr);

}  // namespace ricci::runtime
