/// \file ir/core/iteration.h
/// Which points of two equations meet in one element: what decides whether they may share loops.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/core/equation.h"

namespace ricci::ir {

/// A reader reads the writer's result at `at`. This is the value of each index of the writer at the point that wrote
/// the element, in terms of the reader's indices. Nothing for an index that the element does not tell. It is reduced,
/// or stands in several axes, or is of a tuple (c, y, x) whose expression does not split into its parts.
IdVector<IndexId, std::optional<Affine>> written_at(const Equation& writer, const Equation& reader,
                                                    std::span<const Affine> at);

/// True when, in a kernel with these shared loops, the reader reads at `at` only what the same iteration wrote. Each
/// loop's index is then told by the element, and is the reader's index of that name.
bool same_iteration(const Equation& writer, const Equation& reader, std::span<const Affine> at,
                    const std::vector<std::string>& loops);

}  // namespace ricci::ir
