// pow: exp(y log x) with the logarithm carried as a sum of two doubles, and C's special cases.
#include "codegen/math/vector_power.h"

#include <llvm/IR/IRBuilder.h>

#include <limits>

#include "codegen/math/float_emitter.h"

namespace ricci::codegen {
namespace {

using Value = llvm::Value*;

// 2 atanh(s) = 2s + 2/3 s^3 + s^5 p(s^2) for |s| <= (sqrt(2) - 1) / (sqrt(2) + 1): minimax, off by 2^-66 of the result.
constexpr double kAtanh[] = {0.4000000000000225162925416, 0.2857142857010153659414764, 0.2222222251959744232861982,
                             0.1818178439356270384534268, 0.1538675620181718004324396, 0.1325684210081195984532071,
                             0.1319611970287976262883456};

// A number as the unevaluated sum of a double and a much smaller one.
struct Pair {
    Value high;
    Value low;
};

// a + b where |a| >= |b| or a is 0, without rounding.
Pair fast_sum(const FloatEmitter& emit, Value a, Value b) {
    Value sum = emit.add(a, b);
    return {sum, emit.sub(b, emit.sub(sum, a))};
}

Pair product(const FloatEmitter& emit, Value a, Value b) {
    Value high = emit.mul(a, b);
    return {high, emit.fma(a, b, emit.negative(high))};
}

// log(x) of a positive finite x, with an error of about 2^-64 of it.
Pair log_pair(const FloatEmitter& emit, Value x) {
    const auto [exponent, f] = split_number(emit, x);
    // s = f / (2 + f)
    Value two = emit.constant(2);
    const Pair divisor = fast_sum(emit, two, f);
    Value inverse = emit.div(emit.constant(1), divisor.high);
    Value s = emit.mul(f, inverse);
    Value remainder = emit.fma(emit.negative(s), divisor.low, emit.fma(emit.negative(s), divisor.high, f));
    Value s_low = emit.mul(remainder, inverse);
    // square = s^2, slope = 2/3 + s^2 p, bend = s^3 * slope
    Pair square = product(emit, s, s);
    square.low = emit.fma(emit.mul(two, s), s_low, square.low);
    Pair slope = fast_sum(emit, emit.constant(0x1.5555555555555p-1),
                          emit.mul(square.high, emit.polynomial(square.high, kAtanh)));
    slope.low = emit.add(slope.low, emit.constant(0x1.5555555555555p-55));
    Pair curve = product(emit, square.high, slope.high);
    curve.low = emit.fma(square.high, slope.low, emit.fma(square.low, slope.high, curve.low));
    Pair bend = product(emit, s, curve.high);
    bend.low = emit.fma(s, curve.low, emit.fma(s_low, curve.high, bend.low));
    // exponent * ln(2) + 2s + bend; the high part of ln(2) has zeros enough for an exact product.
    Pair fraction = fast_sum(emit, emit.mul(two, s), bend.high);
    fraction.low = emit.add(fraction.low, emit.fma(two, s_low, bend.low));
    Pair sum = fast_sum(emit, emit.mul(exponent, emit.constant(0x1.62e42fee00000p-1)), fraction.high);
    sum.low = emit.add(sum.low, emit.fma(exponent, emit.constant(0x1.a39ef35793c76p-33), fraction.low));
    return fast_sum(emit, sum.high, sum.low);
}

Value pow_of_doubles(const FloatEmitter& emit, Value x, Value y) {
    Value zero = emit.constant(0);
    Value one = emit.constant(1);
    Value infinity = emit.constant(std::numeric_limits<double>::infinity());
    Value size = emit.magnitude(x);

    Pair log = log_pair(emit, size);
    log.high = emit.select(emit.less(size, infinity), log.high, size);  // infinity and NaN stay
    log.high = emit.select(emit.equal(size, zero), emit.negative(infinity), log.high);
    Pair power = product(emit, y, log.high);
    power.low = emit.fma(y, log.low, power.low);
    Value moderate = emit.less(emit.magnitude(power.high), emit.constant(1000));
    Value result = exp_of_sum(emit, power.high, emit.select(moderate, power.low, zero));
    // |x| = 1 with an infinite y: 0 * infinity above
    result = emit.select(emit.both(emit.equal(size, one), emit.equal(y, y)), one, result);

    Value y_is_integer = emit.equal(emit.truncated(y), y);
    Value half = emit.mul(y, emit.constant(0.5));
    Value y_is_odd = emit.both(y_is_integer, emit.differ(emit.truncated(half), half));
    result = emit.with_sign(result, emit.select(y_is_odd, x, one));
    // A finite negative x has a power only where y is an integer; the sum of NaN and anything is NaN.
    Value negative = emit.both(emit.less(x, zero), emit.less(emit.negative(infinity), x));
    Value undefined = emit.both(negative, emit.differ(emit.truncated(y), y));
    result = emit.select(undefined, emit.constant(std::numeric_limits<double>::quiet_NaN()), result);
    return emit.select(emit.either(emit.equal(x, one), emit.equal(y, zero)), one, result);
}

}  // namespace

llvm::Value* emit_pow(llvm::IRBuilderBase& builder, llvm::Value* x, llvm::Value* y) {
    llvm::Type* type = x->getType();
    llvm::Type* wide = type->getWithNewType(builder.getDoubleTy());
    const FloatEmitter emit(builder, wide);
    if (type == wide) return pow_of_doubles(emit, x, y);
    return builder.CreateFPTrunc(pow_of_doubles(emit, builder.CreateFPExt(x, wide), builder.CreateFPExt(y, wide)),
                                 type);
}

}  // namespace ricci::codegen
