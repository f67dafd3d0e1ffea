// Whether two graphs say the same, values being compared by name.
#pragma once

#include <string>

#include "ir/core/graph.h"

namespace ricci::ir {

/// "" when they do, else the first difference.
std::string difference(const Graph& a, const Graph& b);

}  // namespace ricci::ir
