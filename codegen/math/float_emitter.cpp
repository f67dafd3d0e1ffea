// The instructions behind FloatEmitter's names. Range reduction and the polynomials of exp and log, for both precisions.
#include "codegen/math/float_emitter.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "ir/base/error.h"

namespace ricci::codegen {

/// Keeps the builder's flags, sets none, and gives them back.
class FloatEmitter::PlainArithmetic {
  public:
    explicit PlainArithmetic(llvm::IRBuilderBase& builder) : guard_(builder) { builder.clearFastMathFlags(); }

  private:
    llvm::IRBuilderBase::FastMathFlagGuard guard_;
};

FloatEmitter::FloatEmitter(llvm::IRBuilderBase& builder, llvm::Type* type)
    : builder_(builder),
      plain_(std::make_unique<PlainArithmetic>(builder)),
      type_(type),
      is_double_(type->getScalarType()->isDoubleTy()) {
    RICCI_CHECK(is_double_ || type->getScalarType()->isFloatTy(), "only float and double have vector functions");
    int_type_ = type->getWithNewType(is_double_ ? builder.getInt64Ty() : builder.getInt32Ty());
}

FloatEmitter::~FloatEmitter() = default;

llvm::Value* FloatEmitter::constant(double value) const {
    return llvm::ConstantFP::get(type_, value);
}
llvm::Value* FloatEmitter::integer(std::uint64_t value) const {
    return llvm::ConstantInt::get(int_type_, value);
}

llvm::Value* FloatEmitter::add(Value a, Value b) const {
    return builder_.CreateFAdd(a, b);
}
llvm::Value* FloatEmitter::sub(Value a, Value b) const {
    return builder_.CreateFSub(a, b);
}
llvm::Value* FloatEmitter::mul(Value a, Value b) const {
    return builder_.CreateFMul(a, b);
}
llvm::Value* FloatEmitter::div(Value a, Value b) const {
    return builder_.CreateFDiv(a, b);
}
llvm::Value* FloatEmitter::fma(Value a, Value b, Value c) const {
    return builder_.CreateIntrinsic(type_, llvm::Intrinsic::fma, {a, b, c});
}
llvm::Value* FloatEmitter::negative(Value a) const {
    return builder_.CreateFNeg(a);
}
llvm::Value* FloatEmitter::truncated(Value a) const {
    return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::trunc, a);
}
llvm::Value* FloatEmitter::rounded(Value a) const {
    return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::roundeven, a);
}

llvm::Value* FloatEmitter::polynomial(Value x, std::span<const double> coefficients) const {
    RICCI_CHECK(!coefficients.empty(), "a polynomial without coefficients");
    Value sum = constant(coefficients.back());
    for (std::size_t i = coefficients.size() - 1; i-- > 0;) sum = fma(sum, x, constant(coefficients[i]));
    return sum;
}

// The machine's min and max give their second operand when one is NaN, so x goes second.
llvm::Value* FloatEmitter::at_least(Value x, double low) const {
    return builder_.CreateSelect(builder_.CreateFCmpOGT(constant(low), x), constant(low), x);
}
llvm::Value* FloatEmitter::at_most(Value x, double high) const {
    return builder_.CreateSelect(builder_.CreateFCmpOLT(constant(high), x), constant(high), x);
}

llvm::Value* FloatEmitter::less(Value a, Value b) const {
    return builder_.CreateFCmpOLT(a, b);
}
llvm::Value* FloatEmitter::equal(Value a, Value b) const {
    return builder_.CreateFCmpOEQ(a, b);
}
llvm::Value* FloatEmitter::differ(Value a, Value b) const {
    return builder_.CreateFCmpUNE(a, b);
}
llvm::Value* FloatEmitter::select(Value condition, Value yes, Value no) const {
    return builder_.CreateSelect(condition, yes, no);
}
llvm::Value* FloatEmitter::both(Value a, Value b) const {
    return builder_.CreateAnd(a, b);
}
llvm::Value* FloatEmitter::either(Value a, Value b) const {
    return builder_.CreateOr(a, b);
}

llvm::Value* FloatEmitter::bits(Value a) const {
    return builder_.CreateBitCast(a, int_type_);
}
llvm::Value* FloatEmitter::from_bits(Value a) const {
    return builder_.CreateBitCast(a, type_);
}
llvm::Value* FloatEmitter::int_add(Value a, Value b) const {
    return builder_.CreateAdd(a, b);
}
llvm::Value* FloatEmitter::int_sub(Value a, Value b) const {
    return builder_.CreateSub(a, b);
}
llvm::Value* FloatEmitter::int_and(Value a, Value b) const {
    return builder_.CreateAnd(a, b);
}
llvm::Value* FloatEmitter::int_or(Value a, Value b) const {
    return builder_.CreateOr(a, b);
}
llvm::Value* FloatEmitter::shift_left(Value a, int count) const {
    return builder_.CreateShl(a, static_cast<std::uint64_t>(count));
}
llvm::Value* FloatEmitter::shift_right(Value a, int count) const {
    return builder_.CreateLShr(a, static_cast<std::uint64_t>(count));
}

llvm::Value* FloatEmitter::magnitude(Value a) const {
    return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, a);
}
llvm::Value* FloatEmitter::with_sign(Value value, Value of) const {
    return builder_.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, value, of);
}

namespace {

// exp(r) - 1 = r + r^2 p(r) on |r| <= ln(2) / 2: minimax relative to exp(r) - 1, off by 2^-26 and 2^-61.
constexpr double kExpFloat[] = {0.499999981536332252, 0.16666543588850373469, 0.041667199818633215947,
                                0.008366524768686203709, 0.0013882537341455644341};
constexpr double kExpDouble[] = {0.50000000000000000085,     0.16666666666666676511,   0.041666666666666508797,
                                 0.0083333333333216884386,   0.0013888888888962350874, 0.00019841269885974541287,
                                 0.000024801587172600848276, 2.755724436478872701e-6,  2.7557402570739716526e-7,
                                 2.5108982395503932744e-8,   2.0875357869498888298e-9};

// log(1 + f) = f - f^2 / 2 + f^3 p(f) on [sqrt(1/2) - 1, sqrt(2) - 1]: minimax, off by 2^-27 and 2^-59 of the result.
constexpr double kLogFloat[] = {0.3333333169757852177,  -0.2500082097914305914, 0.2000122751202553775,
                                -0.1662335962019186787, 0.1420174726091675761,  -0.1316015186313703950,
                                0.1276163239977881811,  -0.0763463764358558710};
constexpr double kLogDouble[] = {
    0.3333333333333345231459766,   -0.2499999999999892070783549,  0.1999999999994613611517475,
    -0.1666666666691434162675942,  0.1428571429384106259800632,   -0.1249999998202380707594831,
    0.111111105160674540436368,    -0.1000000038303782652179713,  0.0909093350490931106148746,
    -0.08333345766764279294933928, 0.07691714493454329623871406,  -0.07141999960593478428041805,
    0.06675147927650492185184007,  -0.06269802183584673869381664, 0.05817783415557607151373133,
    -0.05326773874109225113015173, 0.0541595344666887424556106,   -0.06275045894480041071392299,
    0.056968995417461876944133,    -0.02427639955381495206789473};

constexpr double kLn2FloatHigh = 0x1.62e430p-1;
constexpr double kLn2DoubleLow = 0x1.abc9e3b39803fp-56;

// x = n ln(2) + r. The integer n sits in the low bits of `shifted`, which adds 1.5 * 2^mantissa_bits to it.
struct Reduced {
    llvm::Value* shifted_bits;
    llvm::Value* n;
    llvm::Value* r;
};

Reduced reduce(const FloatEmitter& emit, llvm::Value* x) {
    const double ln2 = std::numbers::ln2;
    llvm::Value* shift = emit.constant(1.5 * std::ldexp(1.0, emit.mantissa_bits()));
    llvm::Value* shifted = emit.fma(x, emit.constant(1 / ln2), shift);
    llvm::Value* n = emit.sub(shifted, shift);
    llvm::Value* r = emit.fma(n, emit.constant(emit.is_double() ? -ln2 : -kLn2FloatHigh), x);
    return {emit.bits(shifted), n, r};
}

// r + r^2 p(r), which is exp(r) - 1.
llvm::Value* exp_minus_one_reduced(const FloatEmitter& emit, llvm::Value* r) {
    llvm::Value* p = emit.is_double() ? emit.polynomial(r, kExpDouble) : emit.polynomial(r, kExpFloat);
    return emit.fma(emit.mul(r, r), p, r);
}

// 2 to the power whose integer sits, shifted to the exponent field, in `field`.
llvm::Value* power_of_two(const FloatEmitter& emit, llvm::Value* field) {
    const auto one = static_cast<std::uint64_t>(emit.exponent_bias()) << emit.mantissa_bits();
    return emit.from_bits(emit.int_add(field, emit.integer(one)));
}

/// The same for any x, with `low` added to r where it is not null.
Reduced reduce_fully(const FloatEmitter& emit, llvm::Value* x, llvm::Value* low) {
    // Beyond these the result is 0 or infinity, and stays so.
    x = emit.at_least(x, emit.is_double() ? -746.0 : -104.5);
    x = emit.at_most(x, emit.is_double() ? 710.0 : 89.0);
    Reduced reduced = reduce(emit, x);
    const double ln2_low = emit.is_double() ? kLn2DoubleLow : std::numbers::ln2 - kLn2FloatHigh;
    reduced.r = emit.fma(reduced.n, emit.constant(-ln2_low), reduced.r);
    if (low != nullptr) reduced.r = emit.add(reduced.r, low);
    return reduced;
}

struct Power {
    llvm::Value* whole;
    llvm::Value* minus_one;  // exp(r) - 1
};

Power power_of(const FloatEmitter& emit, const Reduced& reduced) {
    llvm::Value* q = exp_minus_one_reduced(emit, reduced.r);
    // 2^n may pass both ends of the exponent field: two factors of about 2^(n/2); only the second product rounds.
    const int bits = emit.mantissa_bits();
    llvm::Value* field = emit.shift_left(reduced.shifted_bits, bits);
    llvm::Value* first =
        emit.int_and(emit.shift_left(reduced.shifted_bits, bits - 1), emit.integer(~std::uint64_t{0} << bits));
    llvm::Value* factor = power_of_two(emit, first);
    return {emit.mul(emit.fma(factor, q, factor), power_of_two(emit, emit.int_sub(field, first))), q};
}

}  // namespace

llvm::Value* exp_of_sum(const FloatEmitter& emit, llvm::Value* x, llvm::Value* low) {
    return power_of(emit, reduce_fully(emit, x, low)).whole;
}

llvm::Value* exp_minus_one(const FloatEmitter& emit, llvm::Value* x) {
    const Reduced reduced = reduce_fully(emit, x, nullptr);
    const Power power = power_of(emit, reduced);
    llvm::Value* scale = power_of_two(emit, emit.shift_left(reduced.shifted_bits, emit.mantissa_bits()));
    llvm::Value* near = emit.fma(scale, power.minus_one, emit.sub(scale, emit.constant(1)));
    // Farther out 1 is less than a quarter of an ulp, or the power is; and there the scale may overflow.
    llvm::Value* is_near = emit.less(emit.magnitude(x), emit.constant(40));
    return emit.select(is_near, near, emit.sub(power.whole, emit.constant(1)));
}

llvm::Value* exp_minus_one_below_zero(const FloatEmitter& emit, llvm::Value* x) {
    const Reduced reduced = reduce(emit, x);
    llvm::Value* q = exp_minus_one_reduced(emit, reduced.r);
    llvm::Value* scale = power_of_two(emit, emit.shift_left(reduced.shifted_bits, emit.mantissa_bits()));
    return emit.fma(scale, q, emit.sub(scale, emit.constant(1)));
}

SplitNumber split_number(const FloatEmitter& emit, llvm::Value* x) {
    const int bits = emit.mantissa_bits();
    const double smallest_normal =
        emit.is_double() ? std::numeric_limits<double>::min() : static_cast<double>(std::numeric_limits<float>::min());
    llvm::Value* subnormal = emit.less(x, emit.constant(smallest_normal));
    const int lift = bits + 1;
    llvm::Value* normal = emit.select(subnormal, emit.mul(x, emit.constant(std::ldexp(1.0, lift))), x);

    // Adding 1 - sqrt(1/2), as bits, carries into the exponent field from sqrt(2) * 2^n on.
    const std::uint64_t one = static_cast<std::uint64_t>(emit.exponent_bias()) << bits;
    const std::uint64_t root_half = emit.is_double() ? 0x3fe6a09e667f3bcdu : 0x3f3504f3u;
    const std::uint64_t mantissa = (std::uint64_t{1} << bits) - 1;
    llvm::Value* moved = emit.int_add(emit.bits(normal), emit.integer(one - root_half));
    llvm::Value* number = emit.int_add(emit.int_and(moved, emit.integer(mantissa)), emit.integer(root_half));

    // The biased exponent, put below 2^mantissa_bits, is a number after one subtraction.
    const double above = std::ldexp(1.0, bits);
    const std::uint64_t above_bits = static_cast<std::uint64_t>(emit.exponent_bias() + bits) << bits;
    llvm::Value* biased = emit.from_bits(emit.int_or(emit.shift_right(moved, bits), emit.integer(above_bits)));
    const double bias = above + static_cast<double>(emit.exponent_bias());
    llvm::Value* offset = emit.select(subnormal, emit.constant(bias + lift), emit.constant(bias));
    return {emit.sub(biased, offset), emit.sub(emit.from_bits(number), emit.constant(1))};
}

llvm::Value* log_of(const FloatEmitter& emit, llvm::Value* x) {
    const auto [exponent, f] = split_number(emit, x);
    llvm::Value* p = emit.is_double() ? emit.polynomial(f, kLogDouble) : emit.polynomial(f, kLogFloat);
    llvm::Value* bend = emit.mul(emit.mul(f, f), emit.fma(f, p, emit.constant(-0.5)));  // log(1 + f) - f

    const double ln2 = std::numbers::ln2;
    const double high = emit.is_double() ? ln2 : static_cast<double>(static_cast<float>(ln2));
    const double low = emit.is_double() ? 0x1.abc9e3b39803fp-56 : ln2 - high;
    llvm::Value* rest = emit.add(f, emit.fma(exponent, emit.constant(low), bend));
    llvm::Value* result = emit.fma(exponent, emit.constant(high), rest);

    llvm::Value* zero = emit.constant(0);
    llvm::Value* infinity = emit.constant(std::numeric_limits<double>::infinity());
    llvm::Value* ordinary = emit.both(emit.less(zero, x), emit.less(x, infinity));
    llvm::Value* negative = emit.select(emit.less(x, zero), emit.constant(std::numeric_limits<double>::quiet_NaN()), x);
    llvm::Value* special = emit.select(emit.equal(x, zero), emit.negative(infinity), negative);
    return emit.select(ordinary, result, special);
}

}  // namespace ricci::codegen
