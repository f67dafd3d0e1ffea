/// \file ir/elaborate/elaborate.h
/// From equations as written to typed equations. Infers kinds, extents, element types and the scope of implied sums,
/// and reports every mix-up by name.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "ir/core/graph.h"
#include "ir/surface/surface.h"

namespace ricci::ir {

/// What the names of an equation mean, beside its own indices.
struct Scope {
    std::map<std::string, std::int64_t> constants{};  // `s` in s*y + dy
    std::map<std::string, ValueId> values{};          // looked up first; then Graph::find
    std::string subject{};                            // prefix of messages: `conv2d "conv2"`; "" for a plain equation
    std::map<std::string, std::string> spoken{};      // operand names in messages, where they differ
};

/// Appends the equation (and one more for each reduction inside its body) to the graph; returns the result's value. A
/// result that the graph already has, with its declared type and no equation yet, is filled in; else it is added.
///
/// Rules:
///  - Kinds: a bare index has the kind of the axis it stands on. In a sum one index is the position and the others are
///    its taps. What is still open in a sum goes by use: indices that are bare on the left are positions. Reduced ones are
///    taps (on the right for an affine left).
///  - Extents: declared, or of the axis an index stands bare on; else the largest that stays inside. Padded reads take as
///    much padding after the last element as the offset takes before the first.
///  - An index alone on an axis runs over all of it; `c + 0` may run over a part.
///  - An index absent from the left is summed, around the smallest product that holds all its uses. Each term of a sum and
///    each divisor counts on its own. A name with a capital that is absent from the left must be used at least twice.
///  - E[tokens[b], f] is a look-up: ir/elaborate/written_look_ups.h says which sum it stands for. An integer input whose
///    numbering was not said numbers the axis that it looks up.
///  - A pointwise op (relu) is called like a scalar function.
///  - Numbers take the type of what they meet. Index values meeting an integer take its type. An i32
///    that meets an i64 becomes one; nothing else converts.
/// \throws UserError for a conflict, an ambiguity, an access out of bounds without pad, a mix-up of kinds or types.
ValueId elaborate(Graph& graph, const surface::Equation& equation, const Scope& scope = {});

}  // namespace ricci::ir
