/// \file codegen/emit/scalar_emitters.h
/// The one table from scalar functions to the instructions that compute them.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include <span>

#include "codegen/emit/emitter.h"
#include "ir/core/scalar.h"

namespace ricci::codegen {

/// The value of a function. Arguments are all vectors of one length or all single numbers; only the condition of select
/// may be a single truth value beside vectors.
llvm::Value* emit_scalar(Emitter& emitter, ir::Scalar function, std::span<llvm::Value* const> arguments);

/// Whether the table has a row for the function.
bool has_emitter(ir::Scalar function);

}  // namespace ricci::codegen
