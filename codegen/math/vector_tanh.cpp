// tanh: a table of polynomials where the processor looks up in registers, else exp and a division.
#include "codegen/math/vector_tanh.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/IntrinsicsX86.h>

#include <numeric>

#include "codegen/math/float_emitter.h"
#include "ir/base/error.h"

namespace ricci::codegen {
namespace {

using Value = llvm::Value*;

// tanh(a) = c0 + y (c1 + y (c2 + y (c3 + y c4))) with y = a - middle, on 32 intervals. With kStart added, the exponent
// and three bits of the mantissa number the interval. The first is [0, 1/16), the last [8.375, 9.375). Interval k
// stands at k plus 18, modulo 32. Coefficients: minimax for the relative error, one rounded after the other. They are
// off by
// - 0.4 ulp on [3.375, 3.875);
// - 0.31 ulp on the first interval, where c0 is 0 and c1 is 1;
// - 0.16 ulp elsewhere.
// Middles: points near the centre whose tanh is a float within 0.004 ulp, so that c0 adds no error.
constexpr float kStart = 0.625F;
// tanh rounds to 1 from 9.011 on.
constexpr double kOne = 9.25;
using Table = float[32];
constexpr Table kMiddle = {
    1.50000668F,  1.74999332F,  2.00003886F,  2.24996519F,   2.50000405F,  2.7499969F,   2.99995446F,  3.25001311F,
    3.6250124F,   4.12500525F,  4.62494755F,  5.12515116F,   5.62551212F,  6.12363529F,  6.6255703F,   7.11881828F,
    7.85962057F,  8.66434002F,  0.0F,         0.0937501192F, 0.156249285F, 0.218750015F, 0.281249583F, 0.34375155F,
    0.437499374F, 0.562503576F, 0.687498987F, 0.812495172F,  0.937497616F, 1.06248832F,  1.18749332F,  1.31249547F};
constexpr Table kCoefficients[] = {
    {0.90514946F,  0.941374779F, 0.964030325F, 0.978024602F,  0.986614406F, 0.991859674F, 0.995054305F, 0.996997714F,
     0.998580694F, 0.999477625F, 0.999807775F, 0.999929309F,  0.999974012F, 0.999990404F, 0.999996483F, 0.999998689F,
     0.999999702F, 0.99999994F,  0.0F,         0.0934764221F, 0.154990032F, 0.215326354F, 0.274061203F, 0.330822498F,
     0.411569536F, 0.509832621F, 0.596372902F, 0.67096442F,   0.73407042F,  0.786614358F, 0.829799831F, 0.864905477F},
    {0.180704638F,    0.113813251F,    0.0706451684F,   0.0434675813F,  0.0265918002F,
     0.0162142441F,   0.00986684207F,  0.0059954999F,   0.00283615245F, 0.00104431226F,
     0.000384351879F, 0.000141354845F, 5.19663081e-05F, 1.9189496e-05F, 7.03220803e-06F,
     2.62218259e-06F, 5.94474272e-07F, 1.19232595e-07F, 1.0F,           0.991262138F,
     0.975978076F,    0.95363456F,     0.924890459F,    0.890556455F,   0.830610573F,
     0.740070879F,    0.644339621F,    0.549807072F,    0.461140871F,   0.381238043F,
     0.311432362F,    0.251938581F},
    {-0.163565665F,   -0.107141457F,    -0.0681043342F,  -0.0425125659F,   -0.0262359809F,   -0.0160823409F,
     -0.00981811155F, -0.00597750768F,  -0.002832253F,   -0.00104381714F,  -0.000384296814F, -0.000141351527F,
     -5.1966701e-05F, -1.91907875e-05F, -7.0323681e-06F, -2.62269259e-06F, -5.95872848e-07F, -1.20065238e-07F,
     5.943205e-06F,   -0.0926590711F,   -0.151266605F,   -0.205342531F,    -0.253476262F,    -0.294616133F,
     -0.341853559F,   -0.377312303F,    -0.384266675F,   -0.368900806F,    -0.338510036F,    -0.299887389F,
     -0.258426458F,   -0.217903227F},
    {0.0877643675F,   0.0629934147F,   0.0421993397F,   0.027166469F,    0.0170763768F,   0.0105836568F,
     0.00650414126F,  0.00397601165F,  0.00191189861F,  0.00070599583F,  0.000260111963F, 9.56973236e-05F,
     3.51866984e-05F, 1.29949194e-05F, 4.76201694e-06F, 1.77559582e-06F, 4.2254419e-07F,  7.9716834e-08F,
     -0.333910942F,   -0.321628481F,   -0.30177322F,    -0.273588866F,   -0.238780662F,   -0.199329481F,
     -0.136214301F,   -0.0545286089F,  0.0140956519F,   0.0639314801F,   0.0945174545F,   0.108622506F,
     0.110508233F,    0.104418591F},
    {-0.0247803088F,   -0.0234714914F,   -0.0178988352F,   -0.012340988F,    -0.00806500297F,  -0.00511265406F,
     -0.00318377838F,  -0.00196341961F,  -0.000948772649F, -0.000351602968F, -0.000129707711F, -4.77572576e-05F,
     -1.75768819e-05F, -6.47054048e-06F, -2.37966583e-06F, -8.76510398e-07F, -2.04117015e-07F, -2.99179419e-08F,
     0.0159649905F,    0.0602369681F,    0.0967975631F,    0.127106324F,     0.149578378F,     0.164133072F,
     0.169654638F,     0.153357819F,     0.119530506F,     0.0798557848F,    0.0434208661F,    0.0144789126F,
     -0.0055781831F,   -0.017634416F}};

// 16 floats at a time; the table in two registers.
class TableLookup {
  public:
    TableLookup(llvm::IRBuilderBase& builder, Value numbers) : builder_(builder), numbers_(numbers) {}

    Value operator()(const Table& table) const {
        const llvm::ArrayRef<float> all(table);
        llvm::LLVMContext& context = builder_.getContext();
        Value low = llvm::ConstantDataVector::get(context, all.take_front(16));
        Value high = llvm::ConstantDataVector::get(context, all.take_back(16));
        return builder_.CreateIntrinsic(llvm::Intrinsic::x86_avx512_vpermi2var_ps_512, {}, {low, numbers_, high});
    }

  private:
    llvm::IRBuilderBase& builder_;
    Value numbers_;  // of the lanes' entries, modulo 32
};

Value tanh_of_sixteen(llvm::IRBuilderBase& builder, Value x) {
    const FloatEmitter emit(builder, x->getType());
    Value a = emit.at_most(emit.magnitude(x), kOne);
    const TableLookup look_up(builder, emit.shift_right(emit.bits(emit.add(a, emit.constant(kStart))), 20));
    Value y = emit.sub(a, look_up(kMiddle));
    Value sum = look_up(kCoefficients[4]);
    for (int i = 4; i-- > 0;) sum = emit.fma(sum, y, look_up(kCoefficients[i]));
    return emit.with_sign(sum, x);
}

// Up to 16 floats: the rest of the register is left open.
Value tanh_by_table(llvm::IRBuilderBase& builder, Value x) {
    auto* type = llvm::dyn_cast<llvm::FixedVectorType>(x->getType());
    if (type == nullptr) {
        Value one = builder.CreateInsertElement(llvm::PoisonValue::get(llvm::FixedVectorType::get(x->getType(), 16)), x,
                                                std::uint64_t{0});
        return builder.CreateExtractElement(tanh_of_sixteen(builder, one), std::uint64_t{0});
    }
    const int lanes = static_cast<int>(type->getNumElements());
    if (lanes == 16) return tanh_of_sixteen(builder, x);
    RICCI_CHECK(lanes < 16, "tanh of {} floats at once", lanes);
    llvm::SmallVector<int, 16> places(16, -1);
    std::iota(places.begin(), places.begin() + lanes, 0);
    Value result = tanh_of_sixteen(builder, builder.CreateShuffleVector(x, places));
    places.resize(static_cast<unsigned>(lanes));
    return builder.CreateShuffleVector(result, places);
}

// With m = exp(-2|x|) - 1, which is exact enough near 0 and at most -1: tanh|x| = -m / (2 + m).
Value tanh_by_division(const FloatEmitter& emit, Value x) {
    Value argument = emit.mul(emit.magnitude(x), emit.constant(-2));
    // Below these bounds exp is less than a quarter of an ulp of 1: m is -1 and the result is 1.
    argument = emit.at_least(argument, emit.is_double() ? -40.0 : -20.0);
    Value m = exp_minus_one_below_zero(emit, argument);
    return emit.with_sign(emit.div(m, emit.add(m, emit.constant(2))), x);
}

}  // namespace

llvm::Value* emit_tanh(llvm::IRBuilderBase& builder, llvm::Value* x, bool avx512) {
    const FloatEmitter emit(builder, x->getType());
    return avx512 && !emit.is_double() ? tanh_by_table(builder, x) : tanh_by_division(emit, x);
}

}  // namespace ricci::codegen
