/// \file ir/verify/verify_loops.h
/// The rule about the loops of kernels.
#pragma once

#include "ir/verify/verify_rules.h"

namespace ricci::ir {

/// V24: whatever code generation could not write is refused, with the reason. \pre the graph breaks none of the rules
/// before it.
void check_loops(Report& report);

}  // namespace ricci::ir
