// The instructions behind FloatEmitter's names.
#include "codegen/math/float_emitter.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>

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

}  // namespace ricci::codegen
