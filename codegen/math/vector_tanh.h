/// \file codegen/math/vector_tanh.h
/// The hyperbolic tangent as LLVM IR; codegen/math/vector_math.h has what holds for all functions.
#pragma once

namespace llvm {
class IRBuilderBase;
class Value;
}  // namespace llvm

namespace ricci::codegen {

/// The hyperbolic tangent; never outside [-1, 1]. `avx512`: the target has AVX-512. Its permutes look up 16 of 32
/// floats at once, which takes two thirds of the time of exp and a division. x is then at most 16 floats.
llvm::Value* emit_tanh(llvm::IRBuilderBase& builder, llvm::Value* x, bool avx512);

}  // namespace ricci::codegen
