/// \file ir/analysis/substitution.h
/// The ways to rewrite the index expressions of an equation. None leaves an index on an axis of a kind that it may not
/// stand on (ir/analysis/index_kind.h): passes rewrite index expressions through these functions alone.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/analysis/index_kind.h"
#include "ir/core/graph.h"

namespace ricci::ir {

/// Keeps the indices order[0], order[1], ... of the equation, in this order. \pre no other one is used.
void select_indices(Equation& equation, std::span<const IndexId> order);

/// The body with index to[i] in place of index i, which has its kind and its extent.
ExprRef renamed(const ExprRef& body, std::span<const IndexId> to);

/// Replaces index i by with[i], an expression over `indices`, which become those of the equation; on the left, in the
/// body and nowhere else. Nothing when some expression would break the kinds and settle_kinds cannot mend it.
std::optional<Equation> substituted(const Graph& graph, const Equation& equation, std::vector<Index> indices,
                                    std::span<const Affine> with);

/// The reader with the producer's body at each read of its result. Nothing when a read does not tell the producer's
/// indices or is padded, or the kinds break; then `why_not` says why.
/// \pre the producer writes each element of its result once, without a reduction.
std::optional<Equation> with_body_of(const Graph& graph, const Equation& producer, const Equation& reader,
                                     std::string* why_not = nullptr);

/// Mends kinds without a change of any element. An index of kind feature that stands alone on an axis of another kind
/// gets that kind. So does one that ids of another kind are compared with. On feature axes it is then a tuple of one.
/// \returns what stays misplaced, with the equation as it
/// was.
std::optional<Misplaced> settle_kinds(const Graph& graph, Equation& equation);

}  // namespace ricci::ir
