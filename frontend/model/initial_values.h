/// \file frontend/model/initial_values.h
/// The bounds that a graph stores for the scheme that a user names. Internal.
#pragma once

#include <string>

#include "ir/core/graph.h"
#include "ricci/error.h"
#include "ricci/initializer.h"

namespace ricci::detail {

/// Bounds for a value of this type. \throws UserError where the scheme does not fit it.
/// \param subject  what messages call it: `parameter "w"`.
ir::Initializer resolve(const Initializer& initializer, const std::string& subject, const TensorType& type,
                        const Location& where);

}  // namespace ricci::detail
