/// \file ir/core/initial.h
/// How a value may begin: bounds in order, a type that is trained, a constant whose numbers the model itself gives.
#pragma once

#include <optional>
#include <string>

#include "ir/core/graph.h"

namespace ricci::ir {

/// Why the value cannot begin as it says, with the remedy: "uniform(2, 1) is empty; give the lower bound first". Nothing
/// where it can.
std::optional<std::string> why_no_beginning(const Value& value);

}  // namespace ricci::ir
