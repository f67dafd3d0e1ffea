/// \file codegen/math/vector_rounding.h
/// Rounding to fewer digits, in registers.
#pragma once

namespace llvm {
class IRBuilderBase;
class Value;
}  // namespace llvm

namespace ricci::codegen {

/// The nearest number that bf16 holds, of two as near the even one, as ricci::round_to_bf16. Subnormal numbers are kept, which
/// the processor's own conversion is not. So whole numbers are computed with: five instructions of a vector of floats.
/// \param x  a float, a double, or a vector of either.
llvm::Value* emit_round_bf16(llvm::IRBuilderBase& builder, llvm::Value* x);

}  // namespace ricci::codegen
