/// \file ir/verify/verify_equations.h
/// The rules about single equations: types, bounds, kinds, sizes and what the left writes. Internal to ir/.
#pragma once

#include "ir/verify/verify_rules.h"

namespace ricci::ir {

/// Reports each rule about one equation that is broken. \pre all ids are valid.
void check_equations(Report& report);

}  // namespace ricci::ir
