/// \file codegen/math/vector_math_parts.h
/// The pieces that the vector functions share: powers of e and of 2, the split of a number into both, and the logarithm.
#pragma once

#include "codegen/math/float_emitter.h"

namespace ricci::codegen {

/// exp(x + low) for a small `low`, or exp(x) where it is null. NaN in x stays.
llvm::Value* exp_of_sum(const FloatEmitter& emit, llvm::Value* x, llvm::Value* low);

/// exp(x) - 1 with a small relative error everywhere; of either zero it is 0. NaN in x stays.
llvm::Value* exp_minus_one(const FloatEmitter& emit, llvm::Value* x);

/// exp(x) - 1 for -40 <= x <= 0 (or NaN), with a small relative error near 0 too; never below -1.
llvm::Value* exp_minus_one_below_zero(const FloatEmitter& emit, llvm::Value* x);

/// x = (1 + fraction) * 2^exponent with 1 + fraction in [sqrt(1/2), sqrt(2)).
struct SplitNumber {
    llvm::Value* exponent;  ///< An integer, as a floating-point number.
    llvm::Value* fraction;  ///< Exact.
};
/// Splits a positive finite x, subnormal or not; other x give some finite pair.
SplitNumber split_number(const FloatEmitter& emit, llvm::Value* x);

/// The natural logarithm; -infinity at 0, NaN below.
llvm::Value* log_of(const FloatEmitter& emit, llvm::Value* x);

}  // namespace ricci::codegen
