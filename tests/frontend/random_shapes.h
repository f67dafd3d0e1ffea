/// \file tests/frontend/random_shapes.h
/// Random models of what moves axes about, with pointwise equations between:
/// - flattens and splits into axes of any kinds, unit axes, two axes of one kind;
/// - fixed positions, slices, padded and strided reads;
/// - transposes, scatters, pools and products;
/// - axes that ids are read by, written by and chosen by.
#pragma once

#include <cstdint>
#include <string>

namespace ricci::testing {

/// A model as text, of f64, with a scalar `loss`. The first equations of a longer model of that seed are those of a
/// shorter one.
std::string random_shapes(std::uint64_t seed, int equations);

}  // namespace ricci::testing
