// One row a scalar function: the instructions that compute it, of vectors or single numbers alike.
#include "codegen/emit/scalar_emitters.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>

#include <algorithm>
#include <iterator>

#include "codegen/emit/reduction.h"
#include "codegen/math/vector_math.h"
#include "codegen/math/vector_power.h"
#include "codegen/math/vector_random.h"
#include "codegen/math/vector_rounding.h"
#include "codegen/math/vector_tails.h"
#include "codegen/math/vector_tanh.h"
#include "codegen/math/vector_trigonometry.h"

namespace ricci::codegen {
namespace {

using ir::Scalar;
using llvm::Value;
using Predicate = llvm::CmpInst::Predicate;

bool is_float_value(const Value* value) {
    return value->getType()->isFPOrFPVectorTy();
}

/// Bools have an order of their own: a signed bit would order true before false.
template <Predicate real, Predicate integer, Predicate truth>
Value* comparison(Emitter& e, Value* const* a) {
    const bool bools = a[0]->getType()->isIntOrIntVectorTy(1);
    return e.builder.CreateCmp(is_float_value(a[0]) ? real : bools ? truth : integer, a[0], a[1]);
}

Value* negative(Emitter& e, Value* const* a) {
    return is_float_value(a[0]) ? e.builder.CreateFNeg(a[0]) : e.builder.CreateNeg(a[0]);
}

Value* absolute(Emitter& e, Value* const* a) {
    if (is_float_value(a[0])) return e.builder.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, a[0]);
    Value* below = e.builder.CreateICmpSLT(a[0], llvm::Constant::getNullValue(a[0]->getType()));
    return e.builder.CreateSelect(below, e.builder.CreateNeg(a[0]), a[0]);
}

Value* sign(Emitter& e, Value* const* a) {
    llvm::Type* type = a[0]->getType();
    const bool real = is_float_value(a[0]);
    llvm::Constant* zero = llvm::Constant::getNullValue(type);
    llvm::Constant* one = real ? llvm::ConstantFP::get(type, 1) : llvm::ConstantInt::get(type, 1);
    llvm::Constant* minus = real ? llvm::ConstantFP::get(type, -1) : llvm::ConstantInt::getSigned(type, -1);
    Value* positive = e.builder.CreateCmp(real ? Predicate::FCMP_OGT : Predicate::ICMP_SGT, a[0], zero);
    Value* below = e.builder.CreateCmp(real ? Predicate::FCMP_OLT : Predicate::ICMP_SLT, a[0], zero);
    return e.builder.CreateSelect(positive, one, e.builder.CreateSelect(below, minus, zero));
}

/// Truncates. By 0 it gives 0, and by -1 the negative, which wraps: the processor traps at both, LLVM defines neither.
/// A constant divisor needs no guard: the builder folds it away.
Value* quotient(Emitter& e, Value* const* a) {
    llvm::IRBuilderBase& b = e.builder;
    if (is_float_value(a[0])) return b.CreateFDiv(a[0], a[1]);
    llvm::Type* type = a[1]->getType();
    llvm::Constant* zero = llvm::Constant::getNullValue(type);
    Value* by_zero = b.CreateICmpEQ(a[1], zero);
    Value* by_minus_one = b.CreateICmpEQ(a[1], llvm::ConstantInt::getSigned(type, -1));
    Value* guarded = b.CreateOr(by_zero, by_minus_one);
    Value* result = b.CreateSDiv(a[0], b.CreateSelect(guarded, llvm::ConstantInt::get(type, 1), a[1]));
    Value* otherwise = b.CreateSelect(by_zero, zero, b.CreateNeg(a[0]));
    return b.CreateSelect(guarded, otherwise, result);
}

/// The rest of a quotient toward 0. Integers are guarded as above: by 0 it gives the number itself, by -1 it gives 0.
/// Floats are C's fmod, which is exact; it is called once a lane, for its loop runs longer the larger the quotient.
Value* rest(Emitter& e, Value* const* a) {
    llvm::IRBuilderBase& b = e.builder;
    if (is_float_value(a[0])) return b.CreateFRem(a[0], a[1]);
    llvm::Type* type = a[1]->getType();
    llvm::Constant* zero = llvm::Constant::getNullValue(type);
    Value* by_zero = b.CreateICmpEQ(a[1], zero);
    Value* by_minus_one = b.CreateICmpEQ(a[1], llvm::ConstantInt::getSigned(type, -1));
    Value* divisor = b.CreateSelect(b.CreateOr(by_zero, by_minus_one), llvm::ConstantInt::get(type, 1), a[1]);
    return b.CreateSelect(by_zero, a[0], b.CreateSRem(a[0], divisor));
}

/// 0 where the places are none of the type's.
Value* shifted_left(Emitter& e, Value* const* a) {
    llvm::IRBuilderBase& b = e.builder;
    llvm::Type* type = a[0]->getType();
    Value* inside = b.CreateICmpULT(a[1], llvm::ConstantInt::get(type, type->getScalarSizeInBits()));
    llvm::Constant* zero = llvm::Constant::getNullValue(type);
    return b.CreateSelect(inside, b.CreateShl(a[0], b.CreateSelect(inside, a[1], zero)), zero);
}

/// Filled with the sign: all of it where the places are none of the type's.
Value* shifted_right(Emitter& e, Value* const* a) {
    llvm::IRBuilderBase& b = e.builder;
    llvm::Type* type = a[0]->getType();
    llvm::Constant* most = llvm::ConstantInt::get(type, type->getScalarSizeInBits() - 1);
    return b.CreateAShr(a[0], b.CreateSelect(b.CreateICmpULT(a[1], most), a[1], most));
}

template <llvm::Intrinsic::ID intrinsic>
Value* instruction(Emitter& e, Value* const* a) {
    return e.builder.CreateUnaryIntrinsic(intrinsic, a[0]);
}

/// A function that codegen/math computes.
template <Value* emit(llvm::IRBuilderBase&, Value*)>
Value* math(Emitter& e, Value* const* a) {
    return emit(e.builder, a[0]);
}

template <ir::Reduce reduce>
Value* combined(Emitter& e, Value* const* a) {
    return combine(e, reduce, a[0], a[1]);
}

struct Row {
    Scalar function;
    Value* (*emit)(Emitter& e, Value* const* arguments);
};

// clang-format off
constexpr Row kTable[] = {
    {Scalar::abs, absolute},
    {Scalar::sign, sign},
    {Scalar::floor, instruction<llvm::Intrinsic::floor>},
    {Scalar::ceil, instruction<llvm::Intrinsic::ceil>},
    {Scalar::trunc, instruction<llvm::Intrinsic::trunc>},
    {Scalar::round, instruction<llvm::Intrinsic::roundeven>},
    {Scalar::round_bf16, math<emit_round_bf16>},
    {Scalar::sin, math<emit_sin>},
    {Scalar::cos, math<emit_cos>},
    {Scalar::exp, math<emit_exp>},
    {Scalar::expm1, math<emit_expm1>},
    {Scalar::log, math<emit_log>},
    {Scalar::log1p, math<emit_log1p>},
    {Scalar::tanh, [](Emitter& e, Value* const* a) { return emit_tanh(e.builder, a[0], e.avx512); }},
    {Scalar::sigmoid, math<emit_sigmoid>},
    {Scalar::softplus, math<emit_softplus>},
    {Scalar::sqrt, instruction<llvm::Intrinsic::sqrt>},
    {Scalar::erf, math<emit_erf>},
    {Scalar::normal_cdf, math<emit_normal_cdf>},
    {Scalar::stop_gradient, [](Emitter&, Value* const* a) { return a[0]; }},
    {Scalar::neg, negative},
    {Scalar::logical_not, [](Emitter& e, Value* const* a) { return e.builder.CreateNot(a[0]); }},
    {Scalar::add, combined<ir::Reduce::sum>},
    {Scalar::sub, [](Emitter& e, Value* const* a) {
         return is_float_value(a[0]) ? e.builder.CreateFSub(a[0], a[1]) : e.builder.CreateSub(a[0], a[1]);
     }},
    {Scalar::mul, combined<ir::Reduce::prod>},
    {Scalar::div, quotient},
    {Scalar::mod, rest},
    {Scalar::pow, [](Emitter& e, Value* const* a) { return emit_pow(e.builder, a[0], a[1]); }},
    {Scalar::atan2, [](Emitter& e, Value* const* a) { return emit_atan2(e.builder, a[0], a[1]); }},
    {Scalar::min, combined<ir::Reduce::min>},
    {Scalar::max, combined<ir::Reduce::max>},
    {Scalar::less, comparison<Predicate::FCMP_OLT, Predicate::ICMP_SLT, Predicate::ICMP_ULT>},
    {Scalar::less_equal, comparison<Predicate::FCMP_OLE, Predicate::ICMP_SLE, Predicate::ICMP_ULE>},
    {Scalar::greater, comparison<Predicate::FCMP_OGT, Predicate::ICMP_SGT, Predicate::ICMP_UGT>},
    {Scalar::greater_equal, comparison<Predicate::FCMP_OGE, Predicate::ICMP_SGE, Predicate::ICMP_UGE>},
    {Scalar::equal, comparison<Predicate::FCMP_OEQ, Predicate::ICMP_EQ, Predicate::ICMP_EQ>},
    {Scalar::not_equal, comparison<Predicate::FCMP_UNE, Predicate::ICMP_NE, Predicate::ICMP_NE>},
    {Scalar::logical_and, [](Emitter& e, Value* const* a) { return e.builder.CreateAnd(a[0], a[1]); }},
    {Scalar::logical_or, [](Emitter& e, Value* const* a) { return e.builder.CreateOr(a[0], a[1]); }},
    {Scalar::select, [](Emitter& e, Value* const* a) { return e.builder.CreateSelect(a[0], a[1], a[2]); }},
    {Scalar::random_bits, [](Emitter& e, Value* const* a) { return emit_random_bits(e.builder, a[0], a[1], a[2]); }},
    {Scalar::bit_and, [](Emitter& e, Value* const* a) { return e.builder.CreateAnd(a[0], a[1]); }},
    {Scalar::bit_or, [](Emitter& e, Value* const* a) { return e.builder.CreateOr(a[0], a[1]); }},
    {Scalar::bit_xor, [](Emitter& e, Value* const* a) { return e.builder.CreateXor(a[0], a[1]); }},
    {Scalar::bit_not, [](Emitter& e, Value* const* a) { return e.builder.CreateNot(a[0]); }},
    {Scalar::shift_left, shifted_left},
    {Scalar::shift_right, shifted_right},
};
// clang-format on

const Row* row_of(Scalar function) {
    const Row* row = std::ranges::find(kTable, function, &Row::function);
    return row == std::end(kTable) ? nullptr : row;
}

}  // namespace

Value* emit_scalar(Emitter& emitter, Scalar function, std::span<Value* const> arguments) {
    const Row* row = row_of(function);
    RICCI_CHECK(row != nullptr, "no emitter of {}", ir::info(function).name);
    return row->emit(emitter, arguments.data());
}

bool has_emitter(Scalar function) {
    return row_of(function) != nullptr;
}

}  // namespace ricci::codegen
