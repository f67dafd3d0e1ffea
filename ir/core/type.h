/// \file ir/core/type.h
/// Tensor types, which the compiler shares with its users, under their names in the IR.
#pragma once

#include "ir/base/memory.h"
#include "ir/core/kind.h"
#include "ricci/type.h"

namespace ricci::ir {

using ricci::Axis;
using ricci::extent_text;
using ricci::kOpen;
using ricci::TensorType;
using ricci::to_string;

/// Samples that an open batch counts as where a graph has no fixed one: see Graph::typical_samples.
inline constexpr std::int64_t kTypicalBatchSamples = 64;
/// Open axes of one tensor: what holds pairs of samples has two.
inline constexpr int kMostOpenAxes = 2;

}  // namespace ricci::ir
