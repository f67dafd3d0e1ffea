/// \file ir/elaborate/infer_types.h
/// Element types of the body of an equation. Internal to ir/.
#pragma once

#include <functional>
#include <optional>

#include "ir/elaborate/draft.h"

namespace ricci::ir {

/// What the body of one equation is built from, given the places of the indices in that equation.
struct BodyContext {
    std::function<Affine(const Position&)> affine;
    std::function<ExprRef(const Node&, std::optional<DType> expected)> reduction;  // reads its result
};
/// The typed tree of a body. Bare numbers take the type of what they meet, else `expected`, else f32.
/// \throws UserError where two types meet.
ExprRef typed(const Draft& draft, const Node& node, std::optional<DType> expected, const BodyContext& context);

}  // namespace ricci::ir
