/// \file ir/core/positions.h
/// Constants whose elements number positions along an axis: the column of each element of a sparse matrix.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ir/core/graph.h"

namespace ricci::ir {

/// Why not every element of a constant is a position from 0 to extent - 1: "number 3 is 7; there are 0 to 4". Nothing
/// where all are, or the one that the constant says is ignored. Of the open batch position 0 alone is sure to be there.
std::optional<std::string> why_no_positions(const Value& constant, std::int64_t extent);

}  // namespace ricci::ir
