/// \file ir/core/number.h
/// Numbers of the text, which the compiler shares with its users, under their names in the IR.
#pragma once

#include "ricci/number.h"

namespace ricci::ir {

using ricci::misfit;
using ricci::Number;
using ricci::to_string;

}  // namespace ricci::ir
