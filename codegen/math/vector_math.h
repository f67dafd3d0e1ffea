/// \file codegen/math/vector_math.h
/// Scalar functions as straight-line LLVM IR, the same instructions for a vector of any length and for one number.
///
/// Each function takes a float, a double, or a vector of either, and returns the same type. Results have the same bits
/// for any number of lanes, so the body and the tail of a loop agree. They have the same bits on every target, with one
/// exception: tanh of floats uses instructions that only AVX-512 has. Infinities, NaN, both zeros, subnormal numbers,
/// overflow and underflow are as in C's <math.h>. No exception flag means anything.
///
/// Largest errors in units of the last place, and arithmetic instructions for 16 floats with AVX-512. The floats are
/// all 2^32; the doubles are 2^24 of evenly spread bit patterns; for pow both are 2 * 10^7 random pairs. test_codegen
/// asserts the bounds of ir/core/scalar.cpp on a sample.
/// `RICCI_EXHAUSTIVE=1 test_codegen --gtest_filter='VectorMath*Bounds'` prints this table
/// in about five minutes.
///
///   function   float   double   instructions
///   exp        1.05    0.94     21
///   log        0.93    0.77     34
///   tanh       1.31    2.49     16; without AVX-512 the error is 2.50, of 20 instructions one is a division
///   erf        3.16    2.24     26
///   pow        0.51    1.34     240
///   expm1      1.57    1.72     28
///   log1p      1.44    1.44     44
///   sigmoid    2.31    2.02     27
///   softplus   2.30    2.06     63
///   normal_cdf 4.38    3.14     46
///
/// The floats of the last five are every 61st. So are those of the next, whose doubles are 2^24 bit patterns; of
/// atan2 both are 2 * 10^7 random points. `RICCI_EXHAUSTIVE=1 test_codegen --gtest_filter='Trigonometry*'` prints them.
///
///   function   float   double
///   sin, cos   0.50    0.81     for angles of any size, of both precisions
///   atan2      0.51    2.33
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
/// The error function 2/sqrt(pi) * (integral of exp(-t^2) from 0 to x); never outside [-1, 1].
llvm::Value* emit_erf(llvm::IRBuilderBase& builder, llvm::Value* x);
/// The square root, correctly rounded.
llvm::Value* emit_sqrt(llvm::IRBuilderBase& builder, llvm::Value* x);

}  // namespace ricci::codegen
