/// \file ir/ops/call/instantiate.h
/// Calls an op of the table: its equations, bound to operands, become equations of a graph.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ir/core/graph.h"

namespace ricci::ir {

/// Operands of an op that takes any number of them: their body stays far below the bounds of V23.
inline constexpr std::size_t kMostOperands = 256;

struct OpCall {
    std::string op;
    std::vector<ValueId> operands;
    /// `stride` gives a value to each of stride_h and stride_w, and so for every such family.
    std::map<std::string, double> attributes{};
    std::optional<Kind> over{};
    std::string result{};  // name of the result; the op's name when empty
    Location location{};
};

/// Appends the op's equations, bound to these operands. Returns the result.
/// \throws UserError naming op, result, operand, axis, kinds and extents. The reasons: unknown op or attribute; wrong
/// count or type of operands; a missing or superfluous axis; extents that differ; an empty result.
ValueId instantiate(Graph& graph, const OpCall& call);

}  // namespace ricci::ir
