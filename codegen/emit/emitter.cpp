// Kernel functions: signature, buffer addresses, alias scopes and loops.
#include "codegen/emit/emitter.h"

#include <llvm/IR/Function.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/IR/Module.h>

#include <cstddef>

#include "ir/core/uses.h"
#include "runtime/execute/program.h"

namespace ricci::codegen {

Emitter::Emitter(const ir::PlannedGraph& planned, llvm::Module& m, llvm::IRBuilderBase& b, const std::string& name,
                 std::span<const ir::ValueId> used, std::span<const ir::ValueId> written)
    : graph(planned.graph), module(m), builder(b), planned_(planned) {
    llvm::LLVMContext& context = module.getContext();
    llvm::Type* word = llvm::Type::getInt64Ty(context);
    llvm::Type* address = llvm::PointerType::getUnqual(context);
    auto* type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), {address, word, word, word}, false);
    function_ = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, module);
    function_->addFnAttr(llvm::Attribute::NoUnwind);
    llvm::Argument* buffers = function_->getArg(0);
    buffers->setName("buffers");
    buffers->addAttr(llvm::Attribute::NoAlias);
    buffers->addAttr(llvm::Attribute::ReadOnly);
    batch_ = function_->getArg(1);
    batch_->setName("batch");
    begin_ = function_->getArg(2);
    begin_->setName("begin");
    end_ = function_->getArg(3);
    end_->setName("end");
    builder.SetInsertPoint(llvm::BasicBlock::Create(context, "entry", function_));

    llvm::MDBuilder metadata(context);
    llvm::MDNode* domain = metadata.createAnonymousAliasScopeDomain(name);
    for (ir::ValueId value : used) {
        if (bases_.contains(value)) continue;
        llvm::Value* slot = builder.CreateConstInBoundsGEP1_64(address, buffers, values_.size());
        values_.push_back(value);
        auto* base = builder.CreateLoad(address, slot, graph.value(value).name);
        base->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(context, {}));
        bases_[value] = base;
        ir::ValueId storage = planned.storages[value];
        if (!scopes_.contains(storage)) {
            scopes_[storage] = metadata.createAnonymousAliasScope(domain, graph.value(storage).name);
        }
    }
    // LLVM asks in both directions, and two reads may meet: only what is written has to be a stranger to the others.
    std::map<ir::ValueId, llvm::Metadata*> writes;
    for (ir::ValueId value : written) writes[planned.storages[value]] = scopes_.at(planned.storages[value]);
    std::vector<llvm::Metadata*> all;
    for (const auto& [storage, scope] : writes) all.push_back(scope);
    if (!all.empty()) written_ = llvm::MDNode::get(context, all);
    for (const auto& [storage, scope] : writes) {
        std::vector<llvm::Metadata*> others = all;
        std::erase(others, scope);
        strangers_[storage] = others.empty() ? nullptr : llvm::MDNode::get(context, others);
    }
}

llvm::Value* Emitter::ahead() const {
    llvm::Type* address = llvm::PointerType::getUnqual(module.getContext());
    llvm::Value* place = builder.CreateConstInBoundsGEP1_64(address, function_->getArg(0), values_.size());
    return builder.CreateLoad(address, place, "ahead");
}

void Emitter::prefetch(llvm::Value* ahead) const {
    using runtime::Ahead;
    llvm::Type* address = llvm::PointerType::getUnqual(module.getContext());
    const auto bytes = [&](llvm::Value* from, std::size_t count) {
        return builder.CreateConstGEP1_64(builder.getInt8Ty(), from, count);
    };
    for (const bool write : {false, true}) {
        llvm::Value* lines = bytes(ahead, write ? offsetof(Ahead, write) : offsetof(Ahead, read));
        llvm::Value* at = builder.CreateLoad(address, lines);
        llvm::Value* end = builder.CreateLoad(address, bytes(lines, offsetof(Ahead::Lines, end)));
        when(builder.CreateICmpULT(at, end), [&] {
            constexpr std::uint32_t kSecondLevelCache = 2, kData = 1;
            for (std::size_t line = 0; line < Ahead::kLines; ++line) {
                builder.CreateIntrinsic(
                    llvm::Intrinsic::prefetch, {address},
                    {bytes(at, line * Ahead::kLine), builder.getInt32(write ? 1 : 0),
                     builder.getInt32(kSecondLevelCache), builder.getInt32(kData)});
            }
            builder.CreateStore(bytes(at, Ahead::kLines * Ahead::kLine), lines);
        });
    }
}

void Emitter::finish() {
    builder.CreateRetVoid();
}

llvm::Type* Emitter::memory_type(DType dtype) const {
    if (dtype == boolean) return builder.getInt8Ty();
    return dtype == bf16 ? builder.getInt16Ty() : register_type(dtype);
}

llvm::Type* Emitter::register_type(DType dtype) const {
    switch (dtype) {
        case DType::f32:
        case DType::bf16:
            return builder.getFloatTy();
        case DType::f64:
            return builder.getDoubleTy();
        case DType::i32:
            return builder.getInt32Ty();
        case DType::i64:
            return builder.getInt64Ty();
        case DType::boolean:
            return builder.getInt1Ty();
    }
    return nullptr;
}

llvm::Value* Emitter::integer(std::int64_t value) const {
    return builder.getInt64(static_cast<std::uint64_t>(value));
}

llvm::Value* Emitter::size(ir::Size size) const {
    if (size.is_fixed()) return integer(size.fixed);
    llvm::Value* grown = integer(size.per_batch);
    if (size.per_pair != 0) {
        grown = builder.CreateNSWAdd(grown, builder.CreateNSWMul(batch_, integer(size.per_pair)));
    }
    grown = builder.CreateNSWMul(batch_, grown);
    return size.fixed == 0 ? grown : builder.CreateNSWAdd(grown, integer(size.fixed));
}

llvm::Value* Emitter::pointer(ir::ValueId value, llvm::Value* number) const {
    return builder.CreateGEP(memory_type(graph.value(value).type.dtype), bases_.at(value), number);
}

void Emitter::tag(llvm::Instruction* instruction, ir::ValueId value) const {
    ir::ValueId storage = planned_.storages[value];
    instruction->setMetadata(llvm::LLVMContext::MD_alias_scope,
                             llvm::MDNode::get(module.getContext(), {scopes_.at(storage)}));
    const auto own = strangers_.find(storage);
    llvm::MDNode* strangers = own == strangers_.end() ? written_ : own->second;
    if (strangers != nullptr) instruction->setMetadata(llvm::LLVMContext::MD_noalias, strangers);
}

llvm::Value* Emitter::after_stores(llvm::Value* value) const {
    // Only what is one register has a place that the piece of assembly could name.
    const auto bits = static_cast<unsigned>(value->getType()->getPrimitiveSizeInBits());
    if (value->getType()->isVectorTy() && (bits < 128 || bits > (avx512 ? 512U : 256U))) return value;
    auto* type = llvm::FunctionType::get(value->getType(), {value->getType()}, false);
    // An empty piece of assembly with unknown effects: the scheduler keeps it and stores in order.
    llvm::CallInst* same = builder.CreateCall(llvm::InlineAsm::get(type, "", "=v,0", true), {value});
    same->setDoesNotAccessMemory();
    same->setDoesNotThrow();
    return same;
}

Emitter::Carried Emitter::loop(llvm::Value* first, llvm::Value* last, std::int64_t step, Carried carried,
                               bool may_be_empty,
                               const std::function<Carried(llvm::Value*, const Carried&)>& body) const {
    llvm::LLVMContext& context = module.getContext();
    llvm::BasicBlock* before = builder.GetInsertBlock();
    auto* head = llvm::BasicBlock::Create(context, "loop", function_);
    auto* after = llvm::BasicBlock::Create(context, "after", function_);
    if (may_be_empty) {
        builder.CreateCondBr(builder.CreateICmpSLT(first, last), head, after);
    } else {
        builder.CreateBr(head);
    }
    builder.SetInsertPoint(head);
    llvm::PHINode* number = builder.CreatePHI(builder.getInt64Ty(), 2, "i");
    number->addIncoming(first, before);
    Carried inside;
    for (llvm::Value* value : carried) {
        llvm::PHINode* phi = builder.CreatePHI(value->getType(), 2);
        phi->addIncoming(value, before);
        inside.push_back(phi);
    }
    Carried next = body(number, inside);
    llvm::BasicBlock* tail = builder.GetInsertBlock();
    llvm::Value* advanced = builder.CreateNSWAdd(number, integer(step));
    number->addIncoming(advanced, tail);
    for (std::size_t i = 0; i < inside.size(); ++i) {
        llvm::cast<llvm::PHINode>(inside[i])->addIncoming(next[i], tail);
    }
    builder.CreateCondBr(builder.CreateICmpSLT(advanced, last), head, after);
    builder.SetInsertPoint(after);
    Carried result;
    for (std::size_t i = 0; i < carried.size(); ++i) {
        llvm::PHINode* phi = builder.CreatePHI(carried[i]->getType(), 2);
        phi->addIncoming(next[i], tail);
        if (may_be_empty) phi->addIncoming(carried[i], before);
        result.push_back(phi);
    }
    return result;
}

void Emitter::when(llvm::Value* condition, const std::function<void()>& body) const {
    llvm::LLVMContext& context = module.getContext();
    auto* inside = llvm::BasicBlock::Create(context, "when", function_);
    auto* after = llvm::BasicBlock::Create(context, "after", function_);
    builder.CreateCondBr(condition, inside, after);
    builder.SetInsertPoint(inside);
    body();
    builder.CreateBr(after);
    builder.SetInsertPoint(after);
}

Emitter::Carried Emitter::choose(llvm::Value* condition, const std::function<Carried()>& body,
                                 const Carried& otherwise) const {
    llvm::LLVMContext& context = module.getContext();
    llvm::BasicBlock* before = builder.GetInsertBlock();
    auto* inside = llvm::BasicBlock::Create(context, "choose", function_);
    auto* after = llvm::BasicBlock::Create(context, "after", function_);
    builder.CreateCondBr(condition, inside, after);
    builder.SetInsertPoint(inside);
    const Carried chosen = body();
    inside = builder.GetInsertBlock();
    builder.CreateBr(after);
    builder.SetInsertPoint(after);
    Carried result;
    for (std::size_t i = 0; i < otherwise.size(); ++i) {
        llvm::PHINode* phi = builder.CreatePHI(otherwise[i]->getType(), 2);
        phi->addIncoming(chosen[i], inside);
        phi->addIncoming(otherwise[i], before);
        result.push_back(phi);
    }
    return result;
}

}  // namespace ricci::codegen
