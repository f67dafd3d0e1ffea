/// \file passes/cleanup/cse.h
/// Common subexpressions: of two equations that say the same, the second goes and its readers read the first.
///
/// Same means: types of the results, indices (kinds and extents in their order; names do not matter), left sides,
/// reduction and body. Forward patches and those of the kernel gradient meet here.
///
/// Runs after:  simplify, which brings bodies to one form.  Runs before: remove-dead.
/// Requires:    no kernels yet.
/// Ensures:     no two equations are the same; the op tag and the schedule that stay are the first there are.
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

ir::Graph cse(const ir::Graph& graph, const Options& options, Remarks& remarks);

}  // namespace ricci::passes
