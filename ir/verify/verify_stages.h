/// \file ir/verify/verify_stages.h
/// The rules about what later stages fill in: kernels, and places in memory. Internal to ir/.
#pragma once

#include "ir/verify/verify_rules.h"

namespace ricci::ir {

/// Reports what is wrong with the kernels that equations share. \pre all ids are valid.
void check_kernels(Report& report);
/// Reports what is wrong with the places of values in memory. \pre all ids are valid.
void check_placements(Report& report);

}  // namespace ricci::ir
