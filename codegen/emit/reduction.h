/// \file codegen/emit/reduction.h
/// Combines values as a reduction does, two of them or the lanes of vectors, and gives what it starts from.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include <vector>

#include "codegen/emit/emitter.h"

namespace ricci::codegen {

/// reduce(a, b) of one type; not for argmax. max and min give nan when either is nan.
llvm::Value* combine(Emitter& emitter, ir::Reduce reduce, llvm::Value* a, llvm::Value* b);

/// All lanes combined into one, pairwise.
llvm::Value* combine_lanes(Emitter& emitter, ir::Reduce reduce, llvm::Value* vector);

/// The same for several vectors at once, as many as they have lanes at the most: with fewer shuffles, and the same
/// bits.
std::vector<llvm::Value*> combine_lanes(Emitter& emitter, ir::Reduce reduce, std::vector<llvm::Value*> vectors);

/// The identity of a reduction as a scalar of that type.
llvm::Value* identity_value(Emitter& emitter, ir::Reduce reduce, DType dtype);

}  // namespace ricci::codegen
