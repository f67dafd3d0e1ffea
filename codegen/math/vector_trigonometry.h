/// \file codegen/math/vector_trigonometry.h
/// The sine, the cosine and the angle of a point as LLVM IR; codegen/math/vector_math.h has what holds for all
/// functions.
#pragma once

namespace llvm {
class IRBuilderBase;
class Value;
}  // namespace llvm

namespace ricci::codegen {

/// The sine and the cosine of an angle of any size, in radians; NaN of an infinite one. Floats are computed in double.
llvm::Value* emit_sin(llvm::IRBuilderBase& builder, llvm::Value* x);
llvm::Value* emit_cos(llvm::IRBuilderBase& builder, llvm::Value* x);

/// The angle of the point (x, y), from -pi to pi, with the special cases of C's atan2. Floats are computed in double.
llvm::Value* emit_atan2(llvm::IRBuilderBase& builder, llvm::Value* y, llvm::Value* x);

}  // namespace ricci::codegen
