/// \file codegen/math/vector_power.h
/// Powers as LLVM IR; codegen/math/vector_math.h has what holds for all functions.
#pragma once

namespace llvm {
class IRBuilderBase;
class Value;
}  // namespace llvm

namespace ricci::codegen {

/// x to the power of y, with the special cases of C's pow: NaN for a negative x and a y that is no integer. Costs
/// about ten times exp; floats are computed in double.
llvm::Value* emit_pow(llvm::IRBuilderBase& builder, llvm::Value* x, llvm::Value* y);

}  // namespace ricci::codegen
