/// \file ir/verify/verify_tiles.h
/// The rules about batch tiles. Internal to ir/.
#pragma once

#include "ir/verify/verify_rules.h"

namespace ricci::ir {

/// Reports what is wrong with batch tiles and the values in them. \pre all ids are valid.
void check_tiles(Report& report);

}  // namespace ricci::ir
