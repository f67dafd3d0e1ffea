/// \file ir/elaborate/infer_extents.h
/// Extents of the indices of an equation, and the reads that leave their tensors. Internal to ir/.
#pragma once

#include "ir/elaborate/draft.h"

namespace ricci::ir {

/// Finds extents where it can; says nothing.
void infer_extents(Draft& draft);
/// Reports conflicts, missing extents and reads out of bounds; completes the axes of the result.
void check_extents(Draft& draft);
/// The affine form of a position once extents are known.
Affine affine_of(const Draft& draft, const Position& position);

}  // namespace ricci::ir
