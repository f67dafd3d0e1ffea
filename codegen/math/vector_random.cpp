// The rounds of Philox, each word in an i64 of its own: the processor multiplies the low halves of those.
#include "codegen/math/vector_random.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>

#include "ir/base/philox.h"

namespace ricci::codegen {

llvm::Value* emit_random_bits(llvm::IRBuilderBase& builder, llvm::Value* key, llvm::Value* place, llvm::Value* stream) {
    using llvm::Value;
    llvm::Type* type = place->getType();
    const auto number = [&](std::uint64_t value) { return llvm::ConstantInt::get(type, value); };
    llvm::Constant* mask = number(0xffffffff);
    const auto low = [&](Value* word) { return builder.CreateAnd(word, mask); };
    const auto high = [&](Value* word) { return builder.CreateLShr(word, 32); };
    Value* counter[4] = {low(place), high(place), low(stream), high(stream)};
    Value* keys[2] = {low(key), high(key)};
    for (int round = 0; round < ir::Philox::kRounds; ++round) {
        Value* first = builder.CreateMul(counter[0], number(ir::Philox::kMultipliers[0]));
        Value* second = builder.CreateMul(counter[2], number(ir::Philox::kMultipliers[1]));
        Value* next[4] = {builder.CreateXor(builder.CreateXor(high(second), counter[1]), keys[0]), low(second),
                          builder.CreateXor(builder.CreateXor(high(first), counter[3]), keys[1]), low(first)};
        for (int word = 0; word < 4; ++word) counter[word] = next[word];
        for (int word = 0; word < 2; ++word) keys[word] = low(builder.CreateAdd(keys[word], number(ir::Philox::kKeySteps[word])));
    }
    return builder.CreateOr(builder.CreateShl(counter[0], 20), builder.CreateLShr(counter[1], 12));
}

}  // namespace ricci::codegen
