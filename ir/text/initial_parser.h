/// \file ir/text/initial_parser.h
/// How a value begins: a number, a table of numbers, or numbers that are drawn.
#pragma once

#include <optional>

#include "ir/core/graph.h"
#include "ir/surface/lexer.h"

namespace ricci::ir {

/// `0.5`, `true`, `uniform(-1, 1)`, `normal(0, 0.1)`, `{1, 2, 1}`, `row_starts {0, 2, 3}`. \throws UserError at the number
/// that does not fit.
/// \param numbers  what the elements number, where the type says it.
Initializer parse_initializer(Tokens& tokens, const TensorType& type, const std::optional<Axis>& numbers);

}  // namespace ricci::ir
