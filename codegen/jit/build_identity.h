/// \file codegen/jit/build_identity.h
/// What tells this build of Ricci from every other one.
#pragma once

#include <string>

namespace ricci::codegen {

/// The GNU build id, in hex, of the program or library that holds this function. It changes with any change of the code
/// generator. "" where the linker wrote none.
std::string build_identity();

}  // namespace ricci::codegen
