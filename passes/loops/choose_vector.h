/// \file passes/loops/choose_vector.h
/// Which indices of an equation run as one level, and along which one its vectors lie.
#pragma once

#include "ir/loops/nest.h"

namespace ricci::passes {

/// The nest with the longest runs as levels, and the vector that costs least. `lanes`: elements of the body's type in a
/// vector register. `apart`: indices that stay levels of their own.
ir::Nest choose_nest(const ir::Graph& graph, const ir::Equation& equation, const ir::Surroundings& around, int lanes,
                     const std::vector<ir::IndexId>& apart = {});

}  // namespace ricci::passes
