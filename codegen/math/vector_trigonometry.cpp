// sin, cos and atan2: polynomials on an eighth of a turn, quadrants and special cases.
#include "codegen/math/vector_trigonometry.h"

#include <llvm/IR/IRBuilder.h>

#include <limits>
#include <numbers>

#include "codegen/math/float_emitter.h"
#include "codegen/math/quarter_turns.h"

namespace ricci::codegen {
namespace {

using Value = llvm::Value*;

// sin(r) = r + r^3 p(r^2) and cos(r) = 1 - r^2 / 2 + r^4 p(r^2) on |r| <= pi/4. The polynomials are interpolated at
// Chebyshev's points. They are off by 2^-35.6 and 2^-39.5 of the result for floats, 2^-57.1 and 2^-59.5 for doubles.
constexpr double kSinFloat[] = {-0.16666666663853044, 0.008333331873837089, -0.00019840086263755443,
                                2.7249864655139585e-06};
constexpr double kCosFloat[] = {0.04166666666431933, -0.0013888887671288108, 2.480059998353171e-05,
                                -2.7300908167996537e-07};
constexpr double kSinFirst = -0.16666666666666666;
constexpr double kSinDouble[] = {0.008333333333333331,    -0.0001984126984126506, 2.7557319219335453e-06,
                                 -2.5052106231157904e-08, 1.605853141458901e-10,  -7.586685070091267e-13};
constexpr double kCosDouble[] = {0.041666666666666664,    -0.0013888888888887395, 2.4801587298763433e-05,
                                 -2.7557317270560326e-07, 2.0876146024689747e-09, -1.1382614868556325e-11};

// atan(z) = z + z^3 p(z^2) on |z| <= tan(pi/8): the same, off by 2^-33.4 and 2^-58.1.
constexpr double kAtanFloat[] = {-0.3333333327919426, 0.1999997723777395,   -0.1428415006563401,
                                 0.11071344117900768, -0.08624520273456275, 0.05047736342027177};
constexpr double kAtanDouble[] = {-0.3333333333333333,  0.19999999999999804,   -0.14285714285659729,
                                  0.11111111105145725,  -0.09090908753017178,  0.07692296361048218,
                                  -0.06666424634599337, 0.05878926110528101,   -0.052304330074828924,
                                  0.0455149623749493,   -0.034568068014968874, 0.016282993238924487};
constexpr double kTanOfSixteenth = 0.41421356237309503;   // of a turn
constexpr double kEighthTurnLow = 0x1.1a62633145c07p-55;  // pi/4 minus the double nearest to it

Value one_minus_half(const FloatEmitter& emit, Value square) {
    return emit.fma(square, emit.constant(-0.5), emit.constant(1));
}

Value sine(const FloatEmitter& emit, const ReducedAngle& angle) {
    Value r = angle.high;
    Value square = emit.mul(r, r);
    Value cube = emit.mul(square, r);
    if (angle.low == nullptr) return emit.fma(cube, emit.polynomial(square, kSinFloat), r);
    // r + (cube * (first + square * p) + low * (1 - square / 2))
    Value rest = emit.fma(emit.mul(square, cube), emit.polynomial(square, kSinDouble),
                          emit.mul(angle.low, one_minus_half(emit, square)));
    return emit.add(r, emit.fma(cube, emit.constant(kSinFirst), rest));
}

Value cosine(const FloatEmitter& emit, const ReducedAngle& angle) {
    Value r = angle.high;
    Value square = emit.mul(r, r);
    Value near = one_minus_half(emit, square);
    Value fourth = emit.mul(square, square);
    if (angle.low == nullptr) return emit.fma(fourth, emit.polynomial(square, kCosFloat), near);
    Value lost = emit.fma(square, emit.constant(-0.5), emit.sub(emit.constant(1), near));
    Value rest = emit.fma(fourth, emit.polynomial(square, kCosDouble), emit.sub(lost, emit.mul(r, angle.low)));
    return emit.add(near, rest);
}

Value is_negative(const FloatEmitter& emit, Value x) {
    return emit.less(emit.with_sign(emit.constant(1), x), emit.constant(0));
}

/// A lane's bit `which` of the integers.
Value has_bit(llvm::IRBuilderBase& builder, const FloatEmitter& emit, Value integers, std::uint64_t which) {
    return builder.CreateICmpNE(emit.int_and(integers, emit.integer(which)), emit.integer(0));
}

/// The sine, `ahead` quarter turns further on; negative where `opposite` is, if there is one.
Value sine_of(llvm::IRBuilderBase& builder, const FloatEmitter& emit, const ReducedAngle& angle, std::uint64_t ahead,
              Value opposite) {
    Value turns = emit.int_add(angle.turns, emit.integer(ahead));
    Value value = emit.select(has_bit(builder, emit, turns, 1), cosine(emit, angle), sine(emit, angle));
    Value below = has_bit(builder, emit, turns, 2);
    if (opposite != nullptr) below = builder.CreateXor(below, opposite);
    return emit.select(below, emit.negative(value), value);
}

/// Floats or doubles as doubles.
Value widened(llvm::IRBuilderBase& builder, Value x) {
    return builder.CreateFPExt(x, x->getType()->getWithNewType(builder.getDoubleTy()));
}

Value emit_sine(llvm::IRBuilderBase& builder, Value x, std::uint64_t ahead, bool odd) {
    const bool single = x->getType()->getScalarType()->isFloatTy();
    Value wide = single ? widened(builder, x) : x;
    const FloatEmitter emit(builder, wide->getType());
    Value a = emit.magnitude(wide);
    const ReducedAngle angle = single ? reduced_angle_of_float(builder, a) : reduced_angle(builder, a);
    Value result = sine_of(builder, emit, angle, ahead, odd ? is_negative(emit, wide) : nullptr);
    return single ? builder.CreateFPTrunc(result, x->getType()) : result;
}

/// Of doubles. The smaller extent over the larger one gives an angle up to an eighth of a turn. From a sixteenth on it
/// is an eighth less a smaller angle. Eighths of a turn are then counted from the quadrant's side.
Value angle_of(const FloatEmitter& emit, Value y, Value x, bool single) {
    Value zero = emit.constant(0);
    Value one = emit.constant(1);
    Value infinity = emit.constant(std::numeric_limits<double>::infinity());
    Value height = emit.magnitude(y);
    Value width = emit.magnitude(x);
    Value steep = emit.less(width, height);
    Value less = emit.select(steep, width, height);
    Value more = emit.select(steep, height, width);

    // Extents that are infinite count 1, others beside them 0; the origin is as (1, 0). No sum below overflows.
    Value endless = emit.equal(more, infinity);
    less = emit.select(endless, emit.select(emit.equal(less, infinity), one, zero), less);
    more = emit.select(endless, one, emit.select(emit.equal(more, zero), one, more));
    Value scale = emit.select(emit.less(emit.constant(0x1p1000), more), emit.constant(0x1p-10), one);
    less = emit.mul(less, scale);
    more = emit.mul(more, scale);

    Value near = emit.less(emit.mul(more, emit.constant(kTanOfSixteenth)), less);
    Value z = emit.div(emit.select(near, emit.sub(less, more), less), emit.select(near, emit.add(less, more), more));
    Value square = emit.mul(z, z);
    Value p = single ? emit.polynomial(square, kAtanFloat) : emit.polynomial(square, kAtanDouble);
    Value rest = emit.fma(emit.mul(z, square), p, z);
    Value eighths = emit.select(near, one, zero);

    Value behind = is_negative(emit, x);
    eighths = emit.select(steep, emit.sub(emit.constant(2), eighths), eighths);
    rest = emit.select(steep, emit.negative(rest), rest);
    eighths = emit.select(behind, emit.sub(emit.constant(4), eighths), eighths);
    rest = emit.select(behind, emit.negative(rest), rest);
    Value angle =
        emit.fma(eighths, emit.constant(std::numbers::pi / 4), emit.fma(eighths, emit.constant(kEighthTurnLow), rest));
    Value unknown = emit.either(emit.differ(x, x), emit.differ(y, y));
    return emit.select(unknown, emit.add(x, y), emit.with_sign(angle, y));
}

}  // namespace

Value emit_sin(llvm::IRBuilderBase& builder, Value x) {
    return emit_sine(builder, x, 0, true);
}

Value emit_cos(llvm::IRBuilderBase& builder, Value x) {
    return emit_sine(builder, x, 1, false);
}

Value emit_atan2(llvm::IRBuilderBase& builder, Value y, Value x) {
    const bool single = x->getType()->getScalarType()->isFloatTy();
    Value height = single ? widened(builder, y) : y;
    Value width = single ? widened(builder, x) : x;
    Value angle = angle_of(FloatEmitter(builder, width->getType()), height, width, single);
    return single ? builder.CreateFPTrunc(angle, x->getType()) : angle;
}

}  // namespace ricci::codegen
