/// \file codegen/vector_math.h
/// Scalar functions as straight-line LLVM IR, the same instructions for a vector of any length and for one number.
///
/// Each function takes a float, a double, or a vector of either, and returns the same type. Results have the same bits
/// whatever the number of lanes and whatever the target, so the body and the tail of a loop agree. Infinities, NaN,
/// both zeros, subnormal numbers, overflow and underflow are as in C's <math.h>; no exception flag means anything.
///
/// Largest errors in units of the last place, and instructions for 16 floats with AVX-512. The float figures are over
/// all 2^32 arguments, the double ones over 2^24 arguments of every exponent. `test_codegen` asserts the bounds on a
/// sample; with RICCI_EXHAUSTIVE=1 it runs every float and prints this table:
///
///   function   float   double   instructions (float)
///   exp        @
#pragma once

namespace llvm {
class IRBuilderBase;
class Value;
}  // namespace llvm

namespace ricci::codegen {

/// e to the power of x.
llvm::Value* emit_exp(llvm::IRBuilderBase& builder, llvm::Value* x);
/// The natural logarithm; -infinity at 0, NaN below.
llvm::Value* emit_log(llvm::IRBuilderBase& builder, llvm::Value* x);
/// The hyperbolic tangent; never outside [-1, 1].
llvm::Value* emit_tanh(llvm::IRBuilderBase& builder, llvm::Value* x);
/// The error function 2/sqrt(pi) * (integral of exp(-t^2) from 0 to x); never outside [-1, 1].
llvm::Value* emit_erf(llvm::IRBuilderBase& builder, llvm::Value* x);
/// x to the power of y, with the special cases of C's pow: NaN for a negative x and a y that is no integer. Costs
/// about five times exp; floats are computed in double.
llvm::Value* emit_pow(llvm::IRBuilderBase& builder, llvm::Value* x, llvm::Value* y);
/// The square root, correctly rounded.
llvm::Value* emit_sqrt(llvm::IRBuilderBase& builder, llvm::Value* x);

}  // namespace ricci::codegen
