/// \file ir/ops/groups.h
/// The files that the op table is made of: each adds its ops.
#pragma once

#include <vector>

#include "ir/ops/table.h"

namespace ricci::ir {

void add_contractions(std::vector<Op>& table);
void add_pointwise_ops(std::vector<Op>& table);

}  // namespace ricci::ir
