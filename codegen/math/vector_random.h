/// \file codegen/math/vector_random.h
/// Random bits as LLVM IR; codegen/math/vector_math.h has what holds for all functions.
#pragma once

namespace llvm {
class IRBuilderBase;
class Value;
}  // namespace llvm

namespace ricci::codegen {

/// The bits that ir/base/philox.h gives, of vectors of i64 or single ones. Costs some 120 instructions a vector.
llvm::Value* emit_random_bits(llvm::IRBuilderBase& builder, llvm::Value* key, llvm::Value* place, llvm::Value* stream);

}  // namespace ricci::codegen
