// Functions that keep all digits where a sum with 1 would lose them: expm1, log1p, sigmoid, softplus, normal_cdf.
#include <llvm/IR/IRBuilder.h>

#include <limits>

#include "codegen/vector_math.h"
#include "codegen/vector_math_parts.h"

namespace ricci::codegen {
namespace {

using Value = llvm::Value*;

// With Phi(-a) = exp(-a^2 / 2) p(q) / (a + k) and q = 2 k / (a + k) - 1, p on a from 0 to 15 (float, k = 3) and to 39
// (double, k = 7): interpolated at Chebyshev's points, off by 2^-29.6 and 2^-58.5 of the result.
constexpr double kNormalFloat[] = {0.72908369071599692,     0.50933198869479313,   0.23001767659444506,
                                   0.047262765098224358,    -0.010462289352451385, -0.0069699394709649679,
                                   0.0010241660082630632,   0.0010345188509565737, -0.00024473689951688127,
                                   -0.00013335288173837662, 5.5514149554424238e-5};
constexpr double kNormalDouble[] = {
    0.7825087541675674740242025,      0.7243202960916248696984138,    0.6200850993703690033051217,
    0.4901144494882788440327538,      0.3566644516040590403049727,    0.2379895358631514125198147,
    0.14475817472881194741821,        0.0795891005301733609451599,    0.03906354379086177249217017,
    0.01678438100002652696015529,     0.006103034012805924360004109,  0.001750820011513371279834436,
    0.0003206838254757439038068645,   -9.546517807122166322919155e-6, -0.00003224414402097950040949443,
    -0.00001108929520074097667356285, -6.688578610195063782216376e-7, 9.283083560565488006229348e-7,
    3.545025576904342622092384e-7,    -1.02165179084488653232625e-8,  -4.801711621032442764073738e-8,
    -5.14961483478366245090148e-9,    5.311803229802949666250394e-9,  -4.092954512152438855678341e-10};

/// Plain IEEE arithmetic for as long as it lives.
class Plain {
  public:
    explicit Plain(llvm::IRBuilderBase& builder) : guard_(builder) { builder.clearFastMathFlags(); }

  private:
    llvm::IRBuilderBase::FastMathFlagGuard guard_;
};

}  // namespace

Value emit_expm1(llvm::IRBuilderBase& builder, Value x) {
    const Plain plain(builder);
    const FloatEmitter emit(builder, x->getType());
    return emit.with_sign(exp_minus_one(emit, x), x);
}

// With u = 1 + x rounded and c what the rounding lost: log(u) + c / u.
Value emit_log1p(llvm::IRBuilderBase& builder, Value x) {
    const Plain plain(builder);
    const FloatEmitter emit(builder, x->getType());
    Value one = emit.constant(1);
    Value u = emit.add(one, x);
    Value lost = emit.select(emit.less(one, x), emit.sub(one, emit.sub(u, x)), emit.sub(x, emit.sub(u, one)));
    Value log = emit_log(builder, u);
    Value whole = emit.add(log, emit.div(lost, u));
    Value infinity = emit.constant(std::numeric_limits<double>::infinity());
    Value ordinary = emit.both(emit.less(emit.constant(0), u), emit.less(u, infinity));
    return emit.with_sign(emit.select(ordinary, whole, log), x);
}

// e / (1 + e) below 0 and 1 / (1 + e) from 0 on, with e = exp(-|x|), which never overflows.
Value emit_sigmoid(llvm::IRBuilderBase& builder, Value x) {
    const Plain plain(builder);
    const FloatEmitter emit(builder, x->getType());
    Value one = emit.constant(1);
    Value e = exp_of_sum(emit, emit.negative(emit.magnitude(x)), nullptr);
    return emit.div(emit.select(emit.less(x, emit.constant(0)), e, one), emit.add(one, e));
}

// max(x, 0) + log(1 + e) with e = exp(-|x|). What 1 + e loses is added, over 1 + e, whose inverse need not be exact: a
// line meets it at both ends of [1, 2], and counts most near 1.
Value emit_softplus(llvm::IRBuilderBase& builder, Value x) {
    const Plain plain(builder);
    const FloatEmitter emit(builder, x->getType());
    Value one = emit.constant(1);
    Value e = exp_of_sum(emit, emit.negative(emit.magnitude(x)), nullptr);
    Value u = emit.add(one, e);
    Value lost = emit.sub(e, emit.sub(u, one));
    Value inverse = emit.fma(u, emit.constant(-0.5), emit.constant(1.5));
    return emit.add(emit.at_least(x, 0), emit.fma(lost, inverse, emit_log(builder, u)));
}

// The square goes into exp with all its digits, as a sum of two numbers.
Value emit_normal_cdf(llvm::IRBuilderBase& builder, Value x) {
    const Plain plain(builder);
    const FloatEmitter emit(builder, x->getType());
    const double k = emit.is_double() ? 7 : 3;
    Value a = emit.at_most(emit.magnitude(x), emit.is_double() ? 39.0 : 15.0);
    Value high = emit.mul(a, a);
    Value low = emit.fma(a, a, emit.negative(high));
    Value half = emit.constant(-0.5);
    Value power = exp_of_sum(emit, emit.mul(high, half), emit.mul(low, half));
    Value t = emit.div(emit.constant(1), emit.add(a, emit.constant(k)));
    Value q = emit.fma(t, emit.constant(2 * k), emit.constant(-1));
    Value p = emit.is_double() ? emit.polynomial(q, kNormalDouble) : emit.polynomial(q, kNormalFloat);
    Value tail = emit.mul(power, emit.mul(t, p));
    return emit.select(emit.less(x, emit.constant(0)), tail, emit.sub(emit.constant(1), tail));
}

}  // namespace ricci::codegen
