/// \file ir/core/iteration.h
/// Which points of two equations meet in one element: what decides whether they may share loops.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/core/equation.h"

namespace ricci::ir {

/// Given that a reader reads the writer's result at `at`, the value of each index of the writer at the point that wrote
/// the element, in terms of the reader's indices. Nothing for an index that the element does not tell: a reduced one,
/// one that stands in several axes, a tuple (c, y, x) read at an expression that does not split into its parts.
std::vector<std::optional<Affine>> written_at(const Equation& writer, const Equation& reader,
                                              std::span<const Affine> at);

/// True when, in a kernel with these shared loops, the reader reads at `at` only what the writer wrote in the same
/// iteration: each loop's index is told by the element and is the reader's index of that name.
bool same_iteration(const Equation& writer, const Equation& reader, std::span<const Affine> at,
                    const std::vector<std::string>& loops);

}  // namespace ricci::ir
