/// \file tests/frontend/random_positions.h
/// Random equations whose left sides take every form, with every reduction. Forms are:
/// - whole axes, parts of them, offsets, strides, windows, both ends clipped;
/// - constants, axes turned round, tuples, pairs of samples.
#pragma once

#include <cstdint>
#include <string>

namespace ricci::testing {

/// A graph at stage model as text, the same for the same seed. With fewer equations it is the beginning of the one with
/// more.
std::string random_positions(std::uint64_t seed, int equations);

}  // namespace ricci::testing
