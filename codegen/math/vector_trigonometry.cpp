// sin, cos and atan2: polynomials on an eighth of a turn, quadrants and special cases. An angle is multiplied by those bits of
// 2/pi that decide the last quarter turn, from a table by its exponent.
#include "codegen/math/vector_trigonometry.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/Module.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "codegen/math/float_emitter.h"

namespace ricci::codegen {
namespace {

using Value = llvm::Value*;

// 2/pi in binary: bit 1, which counts 1/2, is the highest of the first word.
constexpr std::uint64_t kTwoOverPi[] = {0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
                                        0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484,
                                        0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
                                        0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d, 0x7527bac7ebe5f17b,
                                        0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d};

constexpr double kQuarterTurnLow = 0x1.1a62633145c07p-54;  // pi/2 minus the double nearest to it

/// Bits `first` to `first + count - 1` of 2/pi, as the number that they are a part of, times 2^scale.
double bits_of_two_over_pi(int first, int count, int scale) {
    std::uint64_t whole = 0;
    for (int i = first - 1; i < first - 1 + count; ++i) whole = 2 * whole + (kTwoOverPi[i / 64] >> (63 - i % 64) & 1);
    return std::ldexp(static_cast<double>(whole), scale - (first + count - 1));
}

/// For angles that are multiples of 2^unit: 2/pi less the bits that give whole turns, in parts of so many bits.
void add_row(std::vector<double>& table, int unit, std::span<const int> counts, int scale) {
    int first = std::max(unit - 1, 1);
    for (int count : counts) {
        table.push_back(bits_of_two_over_pi(first, count, scale));
        first += count;
    }
}

// Of doubles: a row for 16 exponents, for angles from 2^kScaledFrom on times 2^kScale, so that nothing underflows.
constexpr int kExponentsOfARow = 16;
constexpr int kFirstRow = 1023 / kExponentsOfARow;  // row of the angle 1, by the exponent field
constexpr int kLastRow = 2046 / kExponentsOfARow;
constexpr int kScaledFrom = 305;
constexpr int kScale = 512;
static_assert((kScaledFrom + 1023) % kExponentsOfARow == 0, "a row has one scale");
constexpr std::array kPartsOfDouble = {52, 53, 53, 53};

std::vector<double> table_of_double() {
    std::vector<double> table;
    for (int row = kFirstRow; row <= kLastRow; ++row) {
        const int lowest = kExponentsOfARow * row - 1023;
        add_row(table, lowest - 52, kPartsOfDouble, lowest >= kScaledFrom ? kScale : 0);
    }
    return table;
}

// Of floats: a row for each exponent. A float times the first part is exact.
constexpr std::array kPartsOfFloat = {29, 53};

std::vector<double> table_of_float() {
    std::vector<double> table;
    for (int exponent = 0; exponent <= 127; ++exponent) add_row(table, exponent - 23, kPartsOfFloat, 0);
    return table;
}

/// The table as a constant of the module that is being built.
llvm::GlobalVariable* constant_table(llvm::IRBuilderBase& builder, const char* name, std::vector<double> (*make)()) {
    llvm::Module& module = *builder.GetInsertBlock()->getModule();
    if (llvm::GlobalVariable* table = module.getNamedGlobal(name)) return table;
    const std::vector<double> numbers = make();
    llvm::Constant* held = llvm::ConstantDataArray::get(module.getContext(), llvm::ArrayRef<double>(numbers));
    auto* table =
        new llvm::GlobalVariable(module, held->getType(), true, llvm::GlobalValue::InternalLinkage, held, name);
    table->setAlignment(llvm::Align(64));
    return table;
}

/// Element `part` of the rows, one for each lane.
Value look_up(llvm::IRBuilderBase& builder, llvm::Type* type, llvm::GlobalVariable* table, Value rows,
              std::size_t parts, std::size_t part) {
    Value width = llvm::ConstantInt::get(rows->getType(), parts);
    Value places = builder.CreateAdd(builder.CreateMul(rows, width), llvm::ConstantInt::get(rows->getType(), part));
    Value at = builder.CreateGEP(builder.getDoubleTy(), table, places);
    if (type->isVectorTy()) return builder.CreateMaskedGather(type, at, llvm::Align(8));
    return builder.CreateAlignedLoad(type, at, llvm::Align(8));
}

/// The rows of the angles, inside the table for any bits.
Value rows_of(const FloatEmitter& emit, Value a, double largest, int shift, std::uint64_t first) {
    Value bounded = emit.select(emit.less(a, emit.constant(largest)), a, emit.constant(largest));
    return emit.int_sub(emit.shift_right(emit.bits(emit.at_least(bounded, 1)), shift), emit.integer(first));
}

/// a + b as a rounded sum and what the rounding lost.
std::pair<Value, Value> two_sum(const FloatEmitter& emit, Value a, Value b) {
    Value sum = emit.add(a, b);
    Value part = emit.sub(sum, a);
    return {sum, emit.add(emit.sub(a, emit.sub(sum, part)), emit.sub(b, part))};
}

std::pair<Value, Value> two_product(const FloatEmitter& emit, Value a, Value b) {
    Value product = emit.mul(a, b);
    return {product, emit.fma(a, b, emit.negative(product))};
}

/// Exact: what stays is a part of the same digits.
Value without_whole_turns(const FloatEmitter& emit, Value turns) {
    return emit.fma(emit.constant(-4), emit.rounded(emit.mul(turns, emit.constant(0.25))), turns);
}

/// The bits of a small whole number, the two lowest as those of an integer.
Value integer_bits(const FloatEmitter& emit, Value whole) {
    return emit.bits(emit.add(whole, emit.constant(0x1.8p52)));
}

/// An angle a = (turns + 4 k) * pi/2 + (high + low) with |high| up to pi/4.
struct ReducedAngle {
    llvm::Value* turns;  ///< Integers as wide as the floats; the two low bits count.
    llvm::Value* high;
    llvm::Value* low;  ///< Below half a unit of `high`; null for an angle that was a float.
};

/// Reduces a >= 0, a double or a vector of them. An infinity or NaN gives NaN. The sum of both parts is off by less
/// than 2^-90 of itself, for the double that leaves least too. Source: Payne and Hanek 1983, "Radian reduction for
/// trigonometric functions".
ReducedAngle reduced_angle(llvm::IRBuilderBase& builder, Value a) {
    const FloatEmitter emit(builder, a->getType());
    llvm::GlobalVariable* table = constant_table(builder, "ricci.two_over_pi", table_of_double);
    Value rows = rows_of(emit, a, std::numeric_limits<double>::max(), 56, kFirstRow);
    std::array<Value, kPartsOfDouble.size()> part{};
    for (std::size_t i = 0; i < part.size(); ++i) part[i] = look_up(builder, a->getType(), table, rows, part.size(), i);
    Value scaled = emit.select(emit.less(a, emit.constant(std::ldexp(1.0, kScaledFrom))), a,
                               emit.mul(a, emit.constant(std::ldexp(1.0, -kScale))));

    const auto [h0, l0] = two_product(emit, scaled, part[0]);
    const auto [h1, l1] = two_product(emit, scaled, part[1]);
    const auto [h2, l2] = two_product(emit, scaled, part[2]);
    Value h3 = emit.mul(scaled, part[3]);

    // Where the sum cancels, what each addition lost is the rest of it.
    const auto [first, e0] = two_sum(emit, without_whole_turns(emit, h0), without_whole_turns(emit, l0));
    const auto [turns, e1] = two_sum(emit, first, without_whole_turns(emit, h1));
    Value whole = emit.rounded(turns);
    const auto [s2, e2] = two_sum(emit, emit.sub(turns, whole), h2);
    const auto [lost_first, e3] = two_sum(emit, e0, e1);
    const auto [middle, e4] = two_sum(emit, lost_first, l1);
    const auto [s4, e5] = two_sum(emit, s2, middle);
    Value rest = emit.add(emit.add(e5, e2), emit.add(emit.add(e3, e4), emit.add(l2, h3)));
    Value high = emit.add(s4, rest);
    Value low = emit.sub(rest, emit.sub(high, s4));

    const double quarter = std::numbers::pi / 2;
    const auto [angle, lost] = two_product(emit, high, emit.constant(quarter));
    Value below = emit.add(lost, emit.fma(low, emit.constant(quarter), emit.mul(high, emit.constant(kQuarterTurnLow))));
    // Less than an eighth of a turn stays what it is.
    Value small = emit.less(a, emit.constant(0.78));
    return {integer_bits(emit, whole), emit.select(small, a, angle), emit.select(small, emit.constant(0), below)};
}

/// The same for doubles that were floats, with one part, off by less than 2^-26 of itself.
ReducedAngle reduced_angle_of_float(llvm::IRBuilderBase& builder, Value a) {
    const FloatEmitter emit(builder, a->getType());
    llvm::GlobalVariable* table = constant_table(builder, "ricci.two_over_pi_of_float", table_of_float);
    Value rows = rows_of(emit, a, static_cast<double>(std::numeric_limits<float>::max()), 52, 1023);
    Value first = look_up(builder, a->getType(), table, rows, 2, 0);
    Value second = look_up(builder, a->getType(), table, rows, 2, 1);
    Value high = emit.mul(a, first);
    Value whole = emit.rounded(emit.fma(a, second, high));
    Value turns = emit.fma(a, second, emit.sub(high, whole));
    return {integer_bits(emit, whole), emit.mul(turns, emit.constant(std::numbers::pi / 2)), nullptr};
}

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
constexpr double kTanOfSixteenth = 0.41421356237309503;   // tangent of a sixteenth of a turn
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
