/// \file ir/text/parser.h
/// From a text to a graph, at any stage.
#pragma once

#include <string_view>

#include "ir/core/graph.h"

namespace ricci::ir {

/// Reads a text. `file` is for messages only. \throws UserError with file:line, what was found and what was expected.
Graph parse(std::string_view text, std::string_view file = "<text>");

/// What stands behind "train LOSS with": "adam(learning_rate = 0.1) schedule cosine(steps = 100)". It has no loss, and its
/// settings are checked by nobody. \throws UserError as parse().
Training parse_training(std::string_view text, std::string_view file);

}  // namespace ricci::ir
