// Functions that keep all digits where a sum with 1 would lose them: expm1, log1p, sigmoid, softplus, normal_cdf.
#include "codegen/math/vector_tails.h"

#include <llvm/IR/IRBuilder.h>

#include <limits>

#include "codegen/math/float_emitter.h"

namespace ricci::codegen {
namespace {

using Value = llvm::Value*;

// The polynomial p in Phi(-a) = exp(-a^2 / 2) p(q) / (a + k), where q = 2 k / (a + k) - 1.
// - float: k = 3, a from 0 to 15, off by 2^-29.6 of the result;
// - double: k = 4, a from 0 to 39, off by 2^-58.7 of the result.
// Both interpolate at Chebyshev's points.
constexpr double kNormalFloat[] = {0.72908369071599692,     0.50933198869479313,   0.23001767659444506,
                                   0.047262765098224358,    -0.010462289352451385, -0.0069699394709649679,
                                   0.0010241660082630632,   0.0010345188509565737, -0.00024473689951688127,
                                   -0.00013335288173837662, 5.5514149554424238e-5};
constexpr double kNormalDouble[] = {
    0.7552851304157514928992482,       0.6078966419718920876751648,       0.387137400742214661671762,
    0.1865218579596593801077726,       0.06039657489092985026654141,      0.00754018896665972077106183,
    -0.003479692367243377650046495,    -0.001630818456624053765748712,    0.0001333443106367820829943731,
    0.000231094927555794402412305,     -0.000001908245990032658047650869, -0.00003514464998969738049537013,
    0.0000007166104128202981990251634, 0.000005920066534478047667495856,  -0.0000006295330444996143680852299,
    -0.000001021355448068752245174413, 0.0000002714916003988139733098673, 0.0000001547414122097261067324882,
    -8.502651069869456057603374e-8,    -1.314526501710194989902794e-8,    1.934168820383057477232116e-8,
    -1.947328342337512617376824e-9,    -2.418877097028648102261623e-9,    7.21805485071955176329904e-10,
    -1.243248015575418515750735e-11};

}  // namespace

Value emit_expm1(llvm::IRBuilderBase& builder, Value x) {
    const FloatEmitter emit(builder, x->getType());
    return emit.with_sign(exp_minus_one(emit, x), x);
}

// With u = 1 + x rounded and c what the rounding lost: log(u) + c / u.
Value emit_log1p(llvm::IRBuilderBase& builder, Value x) {
    const FloatEmitter emit(builder, x->getType());
    Value one = emit.constant(1);
    Value u = emit.add(one, x);
    Value lost = emit.select(emit.less(one, x), emit.sub(one, emit.sub(u, x)), emit.sub(x, emit.sub(u, one)));
    Value log = log_of(emit, u);
    Value whole = emit.add(log, emit.div(lost, u));
    Value infinity = emit.constant(std::numeric_limits<double>::infinity());
    Value ordinary = emit.both(emit.less(emit.constant(0), u), emit.less(u, infinity));
    return emit.with_sign(emit.select(ordinary, whole, log), x);
}

// e / (1 + e) below 0 and 1 / (1 + e) from 0 on, with e = exp(-|x|), which never overflows.
Value emit_sigmoid(llvm::IRBuilderBase& builder, Value x) {
    const FloatEmitter emit(builder, x->getType());
    Value one = emit.constant(1);
    Value e = exp_of_sum(emit, emit.negative(emit.magnitude(x)), nullptr);
    return emit.div(emit.select(emit.less(x, emit.constant(0)), e, one), emit.add(one, e));
}

// max(x, 0) + log(u) with u = 1 + e and e = exp(-|x|). What rounding took from u is added, divided by u. A line serves
// for 1 / u: it is exact at both ends of [1, 2], and the correction counts most where u is near 1.
Value emit_softplus(llvm::IRBuilderBase& builder, Value x) {
    const FloatEmitter emit(builder, x->getType());
    Value one = emit.constant(1);
    Value e = exp_of_sum(emit, emit.negative(emit.magnitude(x)), nullptr);
    Value u = emit.add(one, e);
    Value lost = emit.sub(e, emit.sub(u, one));
    Value inverse = emit.fma(u, emit.constant(-0.5), emit.constant(1.5));
    return emit.add(emit.at_least(x, 0), emit.fma(lost, inverse, log_of(emit, u)));
}

// The square goes into exp with all its digits, as a sum of two numbers. t = 1 / (a + k) is corrected by what rounding
// took from it and from a + k, because p is steep where a is 0.
Value emit_normal_cdf(llvm::IRBuilderBase& builder, Value x) {
    const FloatEmitter emit(builder, x->getType());
    const double k = emit.is_double() ? 4 : 3;
    Value a = emit.at_most(emit.magnitude(x), emit.is_double() ? 39.0 : 15.0);
    Value high = emit.mul(a, a);
    Value low = emit.fma(a, a, emit.negative(high));
    Value half = emit.constant(-0.5);
    Value power = exp_of_sum(emit, emit.mul(high, half), emit.mul(low, half));
    Value sum = emit.add(a, emit.constant(k));
    Value lost = emit.select(emit.less(a, emit.constant(k)), emit.sub(a, emit.sub(sum, emit.constant(k))),
                             emit.sub(emit.constant(k), emit.sub(sum, a)));
    Value rough = emit.div(emit.constant(1), sum);
    Value rest = emit.fma(emit.negative(rough), lost, emit.fma(emit.negative(rough), sum, emit.constant(1)));
    Value t = emit.fma(rough, rest, rough);
    Value q =
        emit.fma(emit.mul(rough, emit.constant(2 * k)), rest, emit.fma(rough, emit.constant(2 * k), emit.constant(-1)));
    Value p = emit.is_double() ? emit.polynomial(q, kNormalDouble) : emit.polynomial(q, kNormalFloat);
    Value tail = emit.mul(power, emit.mul(t, p));
    return emit.select(emit.less(x, emit.constant(0)), tail, emit.sub(emit.constant(1), tail));
}

}  // namespace ricci::codegen
