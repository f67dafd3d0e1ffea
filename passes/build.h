/// \file passes/build.h
/// Small equations that several passes write.
#pragma once

#include <vector>

#include "ir/analysis/work.h"
#include "ir/core/graph.h"

namespace ricci::passes {

/// The short name of an index along that kind: b, c, y, x, dy, dx, f, k, t; i for others.
std::string_view index_name(ir::Kind kind);

/// result[i, j, ...] = (no body yet), one bare index an axis of the value. The names are those of the equation that
/// writes `like`, where it has bare indices on the left. Other axes are called by their kinds. `like` is a value of the
/// same axes.
ir::Equation pointwise(const ir::Graph& graph, ir::ValueId result, ir::ValueId like = -1);

/// Bare indices 0 .. rank-1: how a pointwise equation stands on its left.
std::vector<ir::Affine> bare_indices(int rank);

/// The element of that value at `at`.
ir::ExprRef read(const ir::Graph& graph, ir::ValueId value, std::vector<ir::Affine> at);

/// True when each axis of the result is a bare index, one index an axis, and there are no other indices or reduction.
bool is_pointwise(const ir::Equation& equation);

using ir::multiplies_matrices;

/// Puts the indices that are bare on the left first, in the order of the axes, as the IR asks. Then come the others of
/// the left, then the reduced ones, each in the order they have.
void order_indices(ir::Equation& equation);

/// Puts 0 for indices of extent 1 that the left does not hold bare, where the index expressions keep their kinds
/// without them. A tap beside its position may go; a position beside its tap may not.
void drop_unit_indices(const ir::Graph& graph, ir::Equation& equation);

/// Elements in a new order; `from` has for each place the one before.
template <typename Element>
std::vector<Element> permuted(const std::vector<Element>& old, const std::vector<std::size_t>& from) {
    std::vector<Element> made;
    for (std::size_t place : from) made.push_back(old[place]);
    return made;
}

}  // namespace ricci::passes
