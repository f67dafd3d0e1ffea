/// \file ir/ops/table.h
/// The one table of named ops. An op is its operands and its equations; shapes, errors, gradients, loops, docs and tests
/// come from them.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace ricci::ir {

struct OpAttribute {
    std::string name;
    double standard;  // the value when none is given
    std::string doc;
};

/// Equations are text in the language of docs/language.md, one a line, with the operands' names, the attributes' names as
/// integers in index expressions (and as numbers in bodies), the op's result called `y`. Axes of operands are matched by
/// kind, not by place: `x[b: batch, i: channel, p: height, q: width]` takes any order of those four axes, and results take
/// the axes in the order of the first operand. `...` stands for all axes that have no name, the same for all operands,
/// aligned by kind; an extent of 1 is repeated as needed. An index `k: over` has the kind that the caller gives as `over`.
/// An index declared in `where` with extent 1 is left out.
struct Op {
    std::string name;
    std::string summary;
    std::vector<std::string> operands;
    std::string equations;
    std::vector<OpAttribute> attributes{};
    /// Kinds that `over` must not be, and why: softmax over the batch.
    std::vector<std::pair<std::string, std::string>> refuse_over{};
    bool takes_over = false;
    std::string source{};                 // paper or section the formula is from
    std::vector<std::string> examples{};  // "x: f32[batch 2, channel 3, height 8, width 8], w: ...; stride_h = 2"
};

/// All ops, by name.
std::span<const Op> ops();
const Op* op_named(std::string_view name);

struct OpCall {
    std::string op;
    std::vector<ValueId> operands;
    std::map<std::string, double> attributes{};
    std::optional<Kind> over{};
    std::string result{};  // name of the result; the op's name when empty
    Location location{};
};

/// Appends the op's equations, bound to these operands. Returns the result.
/// \throws UserError naming op, result, operand, axis, kinds and extents: unknown op or attribute, wrong count or type of
/// operands, a missing or superfluous axis, extents that differ, an empty result.
ValueId instantiate(Graph& graph, const OpCall& call);

}  // namespace ricci::ir
