/// \file tests/frontend/random_shapes.h
/// Random models of what moves axes about: flattens and splits into axes of any kinds, unit axes, fixed positions,
/// slices, padded and strided reads, transposes, scatters, pools and products, two axes of one kind, with pointwise
/// equations between them.
#pragma once

#include <cstdint>
#include <string>

namespace ricci::testing {

/// A model as text, of f64, with a scalar `loss`. The first equations of a longer model of that seed are those of a
/// shorter one.
std::string random_shapes(std::uint64_t seed, int equations);

}  // namespace ricci::testing
