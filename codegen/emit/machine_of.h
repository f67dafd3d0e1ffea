/// \file codegen/emit/machine_of.h
/// The row of the table of machines that a target belongs to.
#pragma once

#include "codegen/jit/target.h"
#include "passes/machine.h"

namespace ricci::codegen {

/// By the vectors of the target, and with AVX-512 by who made it.
passes::Machine machine_of(const Target& target);

}  // namespace ricci::codegen
