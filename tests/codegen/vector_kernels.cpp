// Compiles a loop around each vector function.
#include "tests/codegen/vector_kernels.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <iterator>
#include <numbers>

#include "codegen/jit/module_compiler.h"

namespace ricci::codegen {
namespace {

llvm::Value* emit_tanh_by_division(llvm::IRBuilderBase& builder, llvm::Value* x) {
    return emit_tanh(builder, x, false);
}

llvm::Value* emit_tanh_with_avx512(llvm::IRBuilderBase& builder, llvm::Value* x) {
    return emit_tanh(builder, x, true);
}

long double exact_sigmoid(long double x) {
    const long double e = std::exp(-std::fabs(x));
    return (x < 0 ? e : 1) / (1 + e);
}
double exact_sigmoid(double x) {
    return static_cast<double>(exact_sigmoid(static_cast<long double>(x)));
}

long double exact_softplus(long double x) {
    return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}
double exact_softplus(double x) {
    return static_cast<double>(exact_softplus(static_cast<long double>(x)));
}

long double exact_normal_cdf(long double x) {
    return 0.5L * std::erfc(-x / std::numbers::sqrt2_v<long double>);
}
double exact_normal_cdf(double x) {
    return static_cast<double>(exact_normal_cdf(static_cast<long double>(x)));
}

constexpr VectorFunction kFunctions[] = {
    {"exp", emit_exp, std::exp, std::exp},
    {"log", emit_log, std::log, std::log},
    {"tanh", emit_tanh_by_division, std::tanh, std::tanh},
    {"erf", emit_erf, std::erf, std::erf},
    {"sin", emit_sin, std::sin, std::sin},
    {"cos", emit_cos, std::cos, std::cos},
    {"expm1", emit_expm1, std::expm1, std::expm1},
    {"log1p", emit_log1p, std::log1p, std::log1p},
    {"sigmoid", emit_sigmoid, exact_sigmoid, exact_sigmoid},
    {"softplus", emit_softplus, exact_softplus, exact_softplus},
    {"normal_cdf", emit_normal_cdf, exact_normal_cdf, exact_normal_cdf},
};

// The functions of a target.
std::vector<VectorFunction> functions_of(const Target& target) {
    std::vector<VectorFunction> functions(std::begin(kFunctions), std::end(kFunctions));
    for (VectorFunction& function : functions) {
        function.bound = ir::info(ir::scalar_named(function.name).value()).error;
        const bool by_table = target.vector_bytes == 64 && function.emit == emit_tanh_by_division;
        if (!by_table) continue;
        function.emit = emit_tanh_with_avx512;
        function.bound.f32 = 1.5;
    }
    return functions;
}

// void NAME_LANES(in, second, out, n): out[i] = f(in[i], second[i]); n is a multiple of the lanes.
template <typename Body>
void add_kernel(llvm::Module& module, const std::string& name, llvm::Type* element, unsigned lanes, Body body) {
    llvm::LLVMContext& context = module.getContext();
    llvm::IRBuilder<> builder(context);
    llvm::Type* pointer = builder.getPtrTy();
    llvm::Type* index = builder.getInt64Ty();
    llvm::Type* type = lanes == 1 ? element : llvm::FixedVectorType::get(element, lanes);
    auto* signature = llvm::FunctionType::get(builder.getVoidTy(), {pointer, pointer, pointer, index}, false);
    auto* function = llvm::Function::Create(signature, llvm::Function::ExternalLinkage, name, module);
    auto* entry = llvm::BasicBlock::Create(context, "entry", function);
    auto* loop = llvm::BasicBlock::Create(context, "loop", function);
    auto* done = llvm::BasicBlock::Create(context, "done", function);
    builder.SetInsertPoint(entry);
    builder.CreateBr(loop);
    builder.SetInsertPoint(loop);
    llvm::PHINode* i = builder.CreatePHI(index, 2);
    i->addIncoming(builder.getInt64(0), entry);
    const auto place = [&](unsigned argument) { return builder.CreateGEP(element, function->getArg(argument), i); };
    const llvm::Align align(element->isDoubleTy() ? 8 : 4);
    llvm::Value* x = builder.CreateAlignedLoad(type, place(0), align);
    llvm::Value* y = builder.CreateAlignedLoad(type, place(1), align);
    builder.CreateAlignedStore(body(builder, x, y), place(2), align);
    llvm::Value* next = builder.CreateAdd(i, builder.getInt64(lanes));
    i->addIncoming(next, loop);
    builder.CreateCondBr(builder.CreateICmpSLT(next, function->getArg(3)), loop, done);
    builder.SetInsertPoint(done);
    builder.CreateRetVoid();
}

llvm::Value* emit_pow_with(llvm::IRBuilderBase& builder, llvm::Value* x, llvm::Value* y) {
    return emit_pow(builder, x, y);
}

llvm::Value* emit_atan2_with(llvm::IRBuilderBase& builder, llvm::Value* y, llvm::Value* x) {
    return emit_atan2(builder, y, x);
}

}  // namespace

VectorKernels::VectorKernels(const Target& target) : functions_(functions_of(target)), jit_(target) {
    llvm::LLVMContext context;
    ModuleCompiler compiler(target);
    auto module = compiler.new_module("vector_math", context);
    for (llvm::Type* element : {llvm::Type::getFloatTy(context), llvm::Type::getDoubleTy(context)}) {
        const std::string suffix = element->isDoubleTy() ? "_f64_" : "_f32_";
        for (unsigned lanes : {1u, 4u, 8u, 16u}) {
            const std::string end = suffix + std::to_string(lanes);
            for (const VectorFunction& function : functions_) {
                add_kernel(*module, function.name + end, element, lanes,
                           [&](auto& builder, auto* x, auto*) { return function.emit(builder, x); });
            }
            add_kernel(*module, "sqrt" + end, element, lanes,
                       [&](auto& builder, auto* x, auto*) { return emit_sqrt(builder, x); });
            add_kernel(*module, "pow" + end, element, lanes, emit_pow_with);
            add_kernel(*module, "atan2" + end, element, lanes, emit_atan2_with);
        }
    }
    jit_.add_module(compiler, *module);
}

}  // namespace ricci::codegen
