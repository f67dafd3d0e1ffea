/// \file ir/elaborate/suggestions.h
/// What messages propose where a name or a kind is missing. Internal to ir/.
#pragma once

#include <string>

#include "ir/elaborate/draft.h"

namespace ricci::ir {

/// Why the call is of no function of elements, and what to write: an op takes whole tensors, a name may be misspelt.
/// \param call  as written, by a name that is neither a scalar function, nor a type, nor an op of one element.
std::string unknown_function(const surface::Expr& call);

/// A declaration for an index whose kind nothing says: "b: batch ?", "i: feature 2". The kind is that of the index which it
/// is compared with or added to, else the one that its name is usual for.
std::string likely_declaration(const Draft& draft, IndexId index);

}  // namespace ricci::ir
