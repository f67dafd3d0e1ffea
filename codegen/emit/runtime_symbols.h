/// \file codegen/emit/runtime_symbols.h
/// The functions of the runtime that emitted code calls. Internal to codegen.
#pragma once

#include <vector>

#include "codegen/jit/jit.h"

namespace ricci::codegen {

/// By name and address, for the linker of the JIT.
std::vector<Symbol> symbols_of_runtime();

}  // namespace ricci::codegen
