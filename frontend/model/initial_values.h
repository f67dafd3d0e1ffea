/// \file frontend/model/initial_values.h
/// The bounds that a graph stores for the scheme that a user names. Internal.
#pragma once

#include <string_view>

#include "ir/core/graph.h"
#include "ricci/error.h"
#include "ricci/initializer.h"

namespace ricci::detail {

/// Bounds for a parameter of this type. \throws UserError naming the parameter where the scheme does not fit it.
ir::Initializer resolve(const Initializer& initializer, std::string_view parameter, const TensorType& type,
                        const Location& where);

}  // namespace ricci::detail
