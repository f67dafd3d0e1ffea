// Runs LLVM's passes and code generator over one module.
#include "codegen/jit/module_compiler.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/AsmParser/Parser.h>
#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/IR/DiagnosticPrinter.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/CommandLine.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Transforms/Utils/Cloning.h>

#include <mutex>
#include <utility>

#include "ir/base/error.h"

namespace ricci::codegen {
namespace {

// Kernels arrive as loops in SSA form, already vectorised and unrolled as their schedules say, so the list is short:
//   early-cse    shared index arithmetic, constants and loads of neighbouring statements become one
//   instcombine  address arithmetic folds into getelementptr and shifts
//   simplifycfg  branches on constants of the emitter go
//   licm         broadcasts and row addresses leave the inner loops
constexpr const char* kPasses =
    "function(early-cse<memssa>,instcombine<max-iterations=1;no-verify-fixpoint>,simplifycfg,"
    "loop-mssa(licm<allowspeculation>))";

/// Sets one of LLVM's flags, which only its command line knows.
void set_flag(llvm::StringRef name) {
    const auto flag = llvm::cl::getRegisteredOptions().find(name);
    RICCI_CHECK(flag != llvm::cl::getRegisteredOptions().end(), "LLVM has no flag {}", name.str());
    flag->second->addOccurrence(0, name, "");
}

void initialise_llvm() {
    static std::once_flag once;
    std::call_once(once, [] {
        llvm::InitializeNativeTarget();
        llvm::InitializeNativeTargetAsmPrinter();
        // For AMD's processors LLVM sorts instructions once more when registers are given. That takes a twentieth of
        // LLVM's time for LeNet-5, and the processors run out of order: no code is faster for it.
        set_flag("disable-post-ra");
    });
}

constexpr const char* kTriple = "x86_64-unknown-linux-gnu";

std::unique_ptr<llvm::TargetMachine> make_machine(const Target& target) {
    initialise_llvm();
    std::string error;
    const llvm::Target* backend = llvm::TargetRegistry::lookupTarget(kTriple, error);
    RICCI_CHECK(backend != nullptr, "LLVM has no x86-64 code generator: {}", error);
    llvm::TargetOptions options;
    options.AllowFPOpFusion = llvm::FPOpFusion::Strict;  // a fused multiply-add is written as one, or is none
    options.MCOptions.AsmVerbose = true;
    std::unique_ptr<llvm::TargetMachine> machine(
        backend->createTargetMachine(kTriple, target.cpu, target.features, options, llvm::Reloc::PIC_,
                                     llvm::CodeModel::Small, llvm::CodeGenOptLevel::Default, /*JIT=*/true));
    RICCI_CHECK(machine != nullptr, "LLVM cannot make code for {}", target.cpu);
    return machine;
}

// LLVM's own handler prints an error and ends the process; this one keeps the words for an exception.
class DiagnosticScope {
  public:
    explicit DiagnosticScope(llvm::LLVMContext& context)
        : context_(context),
          handler_(context.getDiagnosticHandlerCallBack()),
          handler_context_(context.getDiagnosticContext()) {
        context_.setDiagnosticHandlerCallBack(&DiagnosticScope::record, this);
    }
    ~DiagnosticScope() { context_.setDiagnosticHandlerCallBack(handler_, handler_context_); }
    DiagnosticScope(const DiagnosticScope&) = delete;
    DiagnosticScope& operator=(const DiagnosticScope&) = delete;

    void require_none(const llvm::Module& module) const {
        RICCI_CHECK(errors_.empty(), "LLVM refused module {}: {}", module.getName().str(), errors_);
    }

  private:
    static void record(const llvm::DiagnosticInfo* info, void* self) {
        if (info->getSeverity() != llvm::DS_Error) return;
        llvm::raw_string_ostream out(static_cast<DiagnosticScope*>(self)->errors_);
        llvm::DiagnosticPrinterRawOStream printer(out);
        info->print(printer);
        out << "; ";
    }

    llvm::LLVMContext& context_;
    llvm::DiagnosticHandler::DiagnosticHandlerTy handler_;
    void* handler_context_;
    std::string errors_;
};

void generate(llvm::TargetMachine& machine, llvm::Module& module, llvm::CodeGenFileType type,
              llvm::SmallVectorImpl<char>& bytes) {
    const DiagnosticScope diagnostics(module.getContext());
    llvm::raw_svector_ostream out(bytes);
    llvm::legacy::PassManager passes;
    const bool refused = machine.addPassesToEmitFile(passes, out, nullptr, type, /*DisableVerify=*/true);
    RICCI_CHECK(!refused, "LLVM cannot write this kind of file for {}", kTriple);
    passes.run(module);
    diagnostics.require_none(module);
}

}  // namespace

struct ModuleCompiler::State {
    Target target;
    std::unique_ptr<llvm::TargetMachine> machine;
};

ModuleCompiler::ModuleCompiler(const Target& target)
    : state_(std::make_unique<State>(State{target, make_machine(target)})) {}

ModuleCompiler::~ModuleCompiler() = default;

const Target& ModuleCompiler::target() const {
    return state_->target;
}

std::unique_ptr<llvm::Module> ModuleCompiler::new_module(const std::string& name, llvm::LLVMContext& context) const {
    auto module = std::make_unique<llvm::Module>(name, context);
    module->setTargetTriple(kTriple);
    module->setDataLayout(state_->machine->createDataLayout());
    return module;
}

std::unique_ptr<llvm::Module> ModuleCompiler::parse(const std::string& text, llvm::LLVMContext& context) const {
    llvm::SMDiagnostic diagnostic;
    std::unique_ptr<llvm::Module> module = llvm::parseAssemblyString(text, diagnostic, context);
    if (!module) {
        user_error("LLVM text, line {}: {}", diagnostic.getLineNo(), diagnostic.getMessage().str());
    }
    module->setTargetTriple(kTriple);
    module->setDataLayout(state_->machine->createDataLayout());
    return module;
}

void ModuleCompiler::optimise(llvm::Module& module) {
    std::string problem;
    llvm::raw_string_ostream out(problem);
    const bool malformed = llvm::verifyModule(module, &out);
    RICCI_CHECK(!malformed, "malformed LLVM module {}: {}", module.getName().str(), problem);

    const std::string bits = std::to_string(8 * state_->target.vector_bytes);
    for (llvm::Function& function : module) {
        if (function.isDeclaration()) continue;
        function.addFnAttr(llvm::Attribute::NoUnwind);
        function.addFnAttr("target-cpu", state_->target.cpu);
        if (!state_->target.features.empty()) function.addFnAttr("target-features", state_->target.features);
        // LLVM tunes Intel's server CPUs for 256-bit vectors unless both are set.
        function.addFnAttr("prefer-vector-width", bits);
        function.addFnAttr("min-legal-vector-width", bits);
    }

    const DiagnosticScope diagnostics(module.getContext());
    llvm::LoopAnalysisManager loops;
    llvm::FunctionAnalysisManager functions;
    llvm::CGSCCAnalysisManager components;
    llvm::ModuleAnalysisManager modules;
    llvm::PassBuilder builder(state_->machine.get());
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(components);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, components, modules);
    llvm::ModulePassManager passes;
    llvm::Error error = builder.parsePassPipeline(passes, kPasses);
    RICCI_CHECK(!error, "LLVM does not know the pass list: {}", llvm::toString(std::move(error)));
    passes.run(module, modules);
    diagnostics.require_none(module);
}

std::string ModuleCompiler::llvm_text(const llvm::Module& module) {
    std::string text;
    llvm::raw_string_ostream out(text);
    module.print(out, nullptr);
    return text;
}

std::string ModuleCompiler::assembly_text(const llvm::Module& module) {
    const std::unique_ptr<llvm::Module> copy = llvm::CloneModule(module);
    llvm::SmallVector<char, 0> bytes;
    generate(*state_->machine, *copy, llvm::CodeGenFileType::AssemblyFile, bytes);
    return {bytes.begin(), bytes.end()};
}

std::string ModuleCompiler::object_code(llvm::Module& module) {
    llvm::SmallVector<char, 0> bytes;
    generate(*state_->machine, module, llvm::CodeGenFileType::ObjectFile, bytes);
    return {bytes.begin(), bytes.end()};
}

}  // namespace ricci::codegen
