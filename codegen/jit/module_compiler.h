/// \file codegen/jit/module_compiler.h
/// From an LLVM module to text and machine code: the pass list, the code generator and their errors.
#pragma once

#include <memory>
#include <string>

#include "codegen/jit/target.h"

namespace llvm {
class LLVMContext;
class Module;
}  // namespace llvm

namespace ricci::codegen {

/// Compiles modules for one target. Not for several threads at once: give each thread its own (making one takes about
/// a millisecond), and each module its own LLVMContext.
class ModuleCompiler {
  public:
    explicit ModuleCompiler(const Target& target);
    ~ModuleCompiler();
    ModuleCompiler(const ModuleCompiler&) = delete;
    ModuleCompiler& operator=(const ModuleCompiler&) = delete;

    const Target& target() const;

    /// An empty module with the target's triple and data layout.
    std::unique_ptr<llvm::Module> new_module(const std::string& name, llvm::LLVMContext& context) const;

    /// Reads a module from LLVM's text form. \throws UserError with LLVM's line and reason.
    std::unique_ptr<llvm::Module> parse(const std::string& text, llvm::LLVMContext& context) const;

    /// Verifies the module, marks every function for the target's full vector width, and runs the pass list.
    /// \throws InternalError with the verifier's words if the module is malformed.
    void optimise(llvm::Module& module);

    /// The module as LLVM IR text.
    static std::string llvm_text(const llvm::Module& module);

    /// Assembly text (AT&T syntax). Leaves the module as it was.
    std::string assembly_text(const llvm::Module& module);

    /// A relocatable ELF object, to be given to Jit::add_object or kept in a cache. The code generator rewrites the
    /// module on the way; use it no more. \throws InternalError if LLVM refuses it.
    std::string object_code(llvm::Module& module);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ricci::codegen
