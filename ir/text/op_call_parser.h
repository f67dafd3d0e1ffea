/// \file ir/text/op_call_parser.h
/// Reads a call of an op: result = op(value, op(...), ..., number, attribute = number, over = kind).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "ir/core/graph.h"
#include "ir/ops/call/instantiate.h"
#include "ir/surface/lexer.h"

namespace ricci::ir {

/// Calls among the operands are appended to the graph: result.arg1 for the first operand.
/// A number without a name is the op's next attribute: pad(x, 2). Numbers may be names of the constants.
/// \throws UserError for another statement that begins `result =`, with the way to say it: x + x is add(x, x).
OpCall parse_op_call(Tokens& tokens, Graph& graph, const std::map<std::string, std::int64_t>& constants);

}  // namespace ricci::ir
