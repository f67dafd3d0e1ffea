/// \file ir/text/parser.h
/// From a text to a graph, at any stage.
#pragma once

#include <string_view>

#include "ir/core/graph.h"

namespace ricci::ir {

/// Reads a text. `file` is for messages only. \throws UserError with file:line, what was found and what was expected.
Graph parse(std::string_view text, std::string_view file = "<text>");

}  // namespace ricci::ir
