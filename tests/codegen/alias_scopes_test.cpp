/// \file tests/codegen/alias_scopes_test.cpp
/// What LLVM is told of the buffers of a kernel grows with the buffers, not with their square.
#include <gtest/gtest.h>

#include <llvm/IR/InstIterator.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "codegen/emit/emit_kernel.h"
#include "codegen/jit/module_compiler.h"
#include "ir/text/parser.h"
#include "tests/loops.h"

namespace ricci::codegen {
namespace {

struct Scopes {
    std::size_t stores = 0, loads = 0;       // that are tagged
    std::set<const llvm::MDNode*> strangers; // lists of scopes that do not alias
    std::size_t longest = 0;                 // of those
};

/// Of the kernel that adds up so many vectors.
Scopes scopes_of(int vectors) {
    std::string inputs, sum;
    for (int i = 0; i < vectors; ++i) {
        inputs += fmt::format("input x{}: f32[feature 64]\n", i);
        sum += fmt::format("{}x{}[f]", i == 0 ? "" : " + ", i);
    }
    const ir::Graph graph =
        test::with_loops(ir::parse(fmt::format("ricci 1 model t\n{}y[f: feature 64] = {}\noutput y\n", inputs, sum)));
    ModuleCompiler compiler(Target::host());
    llvm::LLVMContext context;
    const std::unique_ptr<llvm::Module> module = compiler.new_module("t", context);
    const std::vector<ir::KernelSource> kernels = ir::kernels_of(graph);
    emit_kernel(ir::PlannedGraph(graph), kernels.at(0), Target::host(), *module);
    Scopes found;
    for (const llvm::Function& function : *module) {
        for (const llvm::Instruction& instruction : llvm::instructions(function)) {
            if (instruction.getMetadata(llvm::LLVMContext::MD_alias_scope) == nullptr) continue;
            ++(instruction.mayWriteToMemory() ? found.stores : found.loads);
            const llvm::MDNode* strangers = instruction.getMetadata(llvm::LLVMContext::MD_noalias);
            EXPECT_EQ(strangers == nullptr, instruction.mayWriteToMemory()) << "the only result has no other beside it";
            if (strangers == nullptr) continue;
            found.strangers.insert(strangers);
            found.longest = std::max<std::size_t>(found.longest, strangers->getNumOperands());
        }
    }
    return found;
}

TEST(AliasScopes, AReadIsAStrangerToWhatTheKernelWritesAlone) {
    for (const int vectors : {2, 40}) {
        const Scopes scopes = scopes_of(vectors);
        EXPECT_GE(scopes.stores, 1U);
        EXPECT_GE(scopes.loads, static_cast<std::size_t>(vectors));
        EXPECT_EQ(scopes.strangers.size(), 1U) << vectors << " vectors share one list";
        EXPECT_EQ(scopes.longest, 1U);
    }
}

}  // namespace
}  // namespace ricci::codegen
