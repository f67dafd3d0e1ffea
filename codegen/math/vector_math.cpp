// exp, log, erf and sqrt: argument ranges, coefficients and special cases.
#include "codegen/math/vector_math.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>

#include <limits>
#include <numbers>

#include "codegen/math/vector_math_parts.h"

namespace ricci::codegen {
namespace {

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

// log(1 - erf(a)) / a on [0, 4] and [0, 5.95]: minimax for the relative error of erf, 2^-28 and 2^-57.
constexpr double kErfFloat[] = {-1.1283791716112045578,    -0.63661938196882335089,    -0.10277783050539019779,
                                0.019153063989501161943,   0.00016039575291320539821,  -0.0016670270179919299422,
                                0.00063283654997360394143, -0.00011764117005778102872, 9.2562522779255401815e-6};
constexpr double kErfDouble[] = {
    -1.1283791670955125683,      -0.63661977236758360924,    -0.10277260330178877683,   0.019128447005070717253,
    0.00020919469483783833733,   -0.001696206385709606658,   0.00059012555271132217602, -0.000025878603603429799311,
    -0.000064491862729256404786, 0.000029724050178943821026, -3.4072721853280473157e-6, -2.8351316013102005655e-6,
    1.7415389038753865971e-6,    -3.3635809778294737268e-7,  -1.3718597211583323676e-7, 1.4176371830039881491e-7,
    -6.5734128280021982454e-8,   2.0962837887095548646e-8,   -4.9977483210077949745e-9, 9.0823129105505946235e-10,
    -1.2484234372184677722e-10,  1.2611166381090023925e-11,  -8.845722114878277076e-13, 3.850607993905924542e-14,
    -7.8343953587872129126e-16};

// Sets the builder to plain IEEE arithmetic for as long as it lives.
class PlainArithmetic {
  public:
    explicit PlainArithmetic(llvm::IRBuilderBase& builder) : guard_(builder) { builder.clearFastMathFlags(); }

  private:
    llvm::IRBuilderBase::FastMathFlagGuard guard_;
};

}  // namespace

llvm::Value* emit_exp(llvm::IRBuilderBase& builder, llvm::Value* x) {
    const PlainArithmetic plain(builder);
    return exp_of_sum(FloatEmitter(builder, x->getType()), x, nullptr);
}

llvm::Value* emit_log(llvm::IRBuilderBase& builder, llvm::Value* x) {
    const PlainArithmetic plain(builder);
    const FloatEmitter emit(builder, x->getType());
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

// erf(a) = 1 - exp(a g(a)) with the polynomial g above: its error fades as exp does, so one range is enough.
llvm::Value* emit_erf(llvm::IRBuilderBase& builder, llvm::Value* x) {
    const PlainArithmetic plain(builder);
    const FloatEmitter emit(builder, x->getType());
    llvm::Value* a = emit.at_most(emit.magnitude(x), emit.is_double() ? 5.95 : 4.0);
    llvm::Value* g = emit.is_double() ? emit.polynomial(a, kErfDouble) : emit.polynomial(a, kErfFloat);
    return emit.with_sign(exp_minus_one_below_zero(emit, emit.mul(a, g)), x);
}

llvm::Value* emit_sqrt(llvm::IRBuilderBase& builder, llvm::Value* x) {
    const PlainArithmetic plain(builder);
    return builder.CreateUnaryIntrinsic(llvm::Intrinsic::sqrt, x);
}

}  // namespace ricci::codegen
