/// \file ir/elaborate/resolve.h
/// From names to places: the indices, tensors and functions of a written equation.
#pragma once

#include "ir/elaborate/draft.h"

namespace ricci::ir {

/// Fills indices, uses and body from the text and the graph.
void resolve(Draft& draft);

}  // namespace ricci::ir
