// exp, log, erf and sqrt: argument ranges, coefficients and special cases.
#include "codegen/math/vector_math.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>

#include "codegen/math/float_emitter.h"

namespace ricci::codegen {
namespace {

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

}  // namespace

llvm::Value* emit_exp(llvm::IRBuilderBase& builder, llvm::Value* x) {
    return exp_of_sum(FloatEmitter(builder, x->getType()), x, nullptr);
}

llvm::Value* emit_log(llvm::IRBuilderBase& builder, llvm::Value* x) {
    return log_of(FloatEmitter(builder, x->getType()), x);
}

// erf(a) = 1 - exp(a g(a)) with the polynomial g above: its error fades as exp does, so one range is enough.
llvm::Value* emit_erf(llvm::IRBuilderBase& builder, llvm::Value* x) {
    const FloatEmitter emit(builder, x->getType());
    llvm::Value* a = emit.at_most(emit.magnitude(x), emit.is_double() ? 5.95 : 4.0);
    llvm::Value* g = emit.is_double() ? emit.polynomial(a, kErfDouble) : emit.polynomial(a, kErfFloat);
    return emit.with_sign(exp_minus_one_below_zero(emit, emit.mul(a, g)), x);
}

llvm::Value* emit_sqrt(llvm::IRBuilderBase& builder, llvm::Value* x) {
    const FloatEmitter plain(builder, x->getType());
    return builder.CreateUnaryIntrinsic(llvm::Intrinsic::sqrt, x);
}

}  // namespace ricci::codegen
