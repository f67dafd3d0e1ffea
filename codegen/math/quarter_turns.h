/// \file codegen/math/quarter_turns.h
/// Angles as quarter turns and what is left of them, exact enough for angles of any size.
#pragma once

#include "codegen/math/float_emitter.h"

namespace ricci::codegen {

/// An angle a = (turns + 4 k) * pi/2 + (high + low) with |high| up to pi/4.
struct ReducedAngle {
    llvm::Value* turns;  ///< Integers as wide as the floats; the two low bits count.
    llvm::Value* high;
    llvm::Value* low;  ///< Below half a unit of `high`; null for an angle that was a float.
};

/// Reduces a >= 0, a double or a vector of them. An infinity or NaN gives NaN. The sum of both parts is off by less
/// than 2^-90 of itself, for the double that leaves least too. Source: Payne and Hanek 1983, "Radian reduction for
/// trigonometric functions".
ReducedAngle reduced_angle(llvm::IRBuilderBase& builder, llvm::Value* a);

/// The same for doubles that were floats, with one part, off by less than 2^-26 of itself.
ReducedAngle reduced_angle_of_float(llvm::IRBuilderBase& builder, llvm::Value* a);

}  // namespace ricci::codegen
