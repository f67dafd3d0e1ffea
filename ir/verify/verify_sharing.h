/// \file ir/verify/verify_sharing.h
/// The rule about values that take the storage of others. Internal to ir/.
#pragma once

#include "ir/core/uses.h"
#include "ir/verify/verify_rules.h"

namespace ricci::ir {

/// Reports each value that is written over what is still read (V18). \param storages  by value, as of ir::storages().
/// Cost: n log n of all equations, and each form of a read once for each writer of its kernel and storage.
void check_sharing(Report& report, const Uses& uses, const IdVector<ValueId, ValueId>& storages);

}  // namespace ricci::ir
