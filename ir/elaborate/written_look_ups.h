/// \file ir/elaborate/written_look_ups.h
/// Look-ups as written, E[tokens[b], f], become sums that an equality selects from. Internal to ir/.
#pragma once

#include <utility>
#include <vector>

#include "ir/elaborate/elaborate.h"

namespace ricci::ir {

/// An equation without elements of tensors among its index expressions.
///
///     y[b, f] = E[tokens[b], f]        y[b, f] = sum(vocab) select(tokens[b] == vocab, E[vocab, f], 0)
///     d[tokens[b], f] += g[b, f]       d[vocab, f] += select(tokens[b] == vocab, g[b, f], 0)
///
/// The index that an id stands for is called after its kind, with a number where that name is taken.
struct WithoutLookUps {
    surface::Equation equation;
    std::vector<std::pair<ValueId, Axis>> numbered;  // integer inputs of which the equation says what they number
};

/// \throws UserError where what stands on an axis is no integer, numbers another kind, or more than the axis has.
WithoutLookUps without_look_ups(const Graph& graph, const surface::Equation& written, const Scope& scope);

/// What the elements of a value number: as its type says it, or as the argmax that makes it does; nothing where neither
/// does.
std::optional<Axis> numbered_by(const Graph& graph, ValueId value);

}  // namespace ricci::ir
