/// \file codegen/math/vector_tails.h
/// Functions that keep all digits where a sum with 1 would lose them, as LLVM IR; codegen/math/vector_math.h has what holds
/// for all functions.
#pragma once

namespace llvm {
class IRBuilderBase;
class Value;
}  // namespace llvm

namespace ricci::codegen {

/// exp(x) - 1, with a small relative error near 0 too.
llvm::Value* emit_expm1(llvm::IRBuilderBase& builder, llvm::Value* x);
/// log(1 + x), with a small relative error near 0 too; -infinity at -1, NaN below.
llvm::Value* emit_log1p(llvm::IRBuilderBase& builder, llvm::Value* x);
/// 1 / (1 + exp(-x)), with a small relative error far below 0 too.
llvm::Value* emit_sigmoid(llvm::IRBuilderBase& builder, llvm::Value* x);
/// log(1 + exp(x)), with a small relative error far below 0 too.
llvm::Value* emit_softplus(llvm::IRBuilderBase& builder, llvm::Value* x);
/// The normal distribution function (1 + erf(x / sqrt(2))) / 2, with a small relative error far below 0 too.
llvm::Value* emit_normal_cdf(llvm::IRBuilderBase& builder, llvm::Value* x);

}  // namespace ricci::codegen
