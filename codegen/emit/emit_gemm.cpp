// A contraction as calls of BLAS: the loops of its GemmForm around one call of the runtime's ABI.
#include "codegen/emit/emit_gemm.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <algorithm>
#include <array>

#include "codegen/emit/emitter.h"
#include "ir/analysis/gemm_form.h"
#include "ir/core/tile.h"
#include "runtime/call/bf16/product.h"
#include "runtime/call/gemm.h"

namespace ricci::codegen {
namespace {

using ir::GemmForm;
using ir::IndexId;
using llvm::Value;

struct Matrices {
    Value *a, *b, *c;  // element numbers
};

class GemmEmitter {
  public:
    /// \param split         what threads share out, if anything.
    /// \param sums_samples  it adds up the samples of a batch tile.
    GemmEmitter(Emitter& e, const GemmForm& form, DType dtype, const std::optional<ir::CallSplit>& split, bool sums_samples)
        : e_(e), form_(form), dtype_(dtype), split_(split), sums_samples_(sums_samples) {}

    /// From here on products of bf16 are called for.
    void multiply_bf16(const ir::Routine& routine) { of_bf16_ = &routine; }

    void emit_calls(EmittedKernel& kernel) {
        auto typical = [&](ir::Size size) { return static_cast<double>(size.at(e_.graph.typical_samples())); };
        kernel.cost = 2 * typical(form_.rows) * typical(form_.columns) * typical(form_.depth) / kFlopOfCost;
        for (const GemmForm::Loop& loop : form_.accumulate) kernel.cost *= typical(loop.extent);
        for (const GemmForm::Loop& loop : form_.parallel) kernel.cost *= typical(loop.extent);
        if (!form_.accumulate.empty() && dtype_ == f32) {
            const auto words = static_cast<unsigned>(3 * form_.accumulate.size());
            loops_ = e_.builder.CreateAlloca(e_.builder.getInt64Ty(), e_.builder.getInt32(words));
        }
        if (of_bf16_ && !form_.parallel.empty()) {
            constexpr unsigned kWords = sizeof(runtime::GemmRepeat) / sizeof(std::int64_t);
            repeat_ = e_.builder.CreateAlloca(e_.builder.getInt64Ty(), e_.builder.getInt32(kWords));
        }
        Matrices first{e_.size(form_.offset_a), e_.size(form_.offset_b), e_.size(form_.offset_c)};
        if (e_.samples > 0) {
            // A tile is one task: nothing is split. Sums over the samples go on from tile to tile.
            if (sums_samples_) started_ = e_.builder.CreateICmpNE(e_.later(), e_.integer(0));
            parallel(0, first);
            return;
        }
        if (split_) split(kernel, first);
        parallel(0, first);
    }

  private:
    /// What a call of the kernel does: rounds of a loop, or rows or columns of the result.
    void split(EmittedKernel& kernel, Matrices& first) {
        kernel.parallel_extent = split_->extent;
        kernel.grain = split_->by;
        kernel.cost /= static_cast<double>(ir::Size::of(split_->extent).at(e_.graph.typical_samples()));
        if (split_->of == ir::CallSplit::Of::loop) return;
        Value* start = mul(e_.begin(), e_.size(split_->inner));
        Value* count = mul(e_.builder.CreateNSWSub(e_.end(), e_.begin()), e_.size(split_->inner));
        if (split_->of == ir::CallSplit::Of::rows) {
            rows_ = count;
            first.a = add(first.a, mul(start, form_.transpose_a ? e_.integer(1) : e_.size(form_.lda)));
            first.c = add(first.c, mul(start, e_.size(form_.ldc)));
        } else {
            columns_ = count;
            first.b = add(first.b, mul(start, form_.transpose_b ? e_.size(form_.ldb) : e_.integer(1)));
            first.c = add(first.c, start);
        }
    }

    Value* add(Value* x, Value* y) { return e_.builder.CreateNSWAdd(x, y); }
    Value* mul(Value* x, Value* y) { return e_.builder.CreateNSWMul(x, y); }

    Matrices advance(const Matrices& from, const GemmForm::Loop& loop, Value* i) {
        return {add(from.a, mul(i, e_.size(loop.a))), add(from.b, mul(i, e_.size(loop.b))),
                add(from.c, mul(i, e_.size(loop.c)))};
    }

    void parallel(std::size_t depth, const Matrices& at) {
        if (depth == form_.parallel.size()) return accumulate(0, at, started_);
        const GemmForm::Loop& loop = form_.parallel[depth];
        const bool split = depth == 0 && split_ && split_->of == ir::CallSplit::Of::loop;
        Value* first = split ? e_.begin() : e_.integer(0);
        Value* last = split ? e_.end() : e_.size(loop.extent);
        if (of_bf16_ && depth + 1 == form_.parallel.size()) {
            repeat(loop, e_.builder.CreateNSWSub(last, first));
            return accumulate(0, advance(at, loop, first), started_);
        }
        e_.loop(first, last, 1, {}, split, [&](Value* i, const Emitter::Carried&) {
            parallel(depth + 1, advance(at, loop, i));
            return Emitter::Carried{};
        });
    }

    /// `later`: some accumulating loop is past its first point (an i1; null before any).
    void accumulate(std::size_t depth, const Matrices& at, Value* later) {
        // Of floats the runtime does the loops itself: long sums are cut into blocks.
        if (depth == form_.accumulate.size() || dtype_ == f32) return call(at, later);
        const GemmForm::Loop& loop = form_.accumulate[depth];
        e_.loop(e_.integer(0), e_.size(loop.extent), 1, {}, false, [&](Value* i, const Emitter::Carried&) {
            Value* moved = e_.builder.CreateICmpNE(i, e_.integer(0));
            accumulate(depth + 1, advance(at, loop, i), later ? e_.builder.CreateOr(later, moved) : moved);
            return Emitter::Carried{};
        });
    }

    void call(const Matrices& at, Value* later) {
        llvm::IRBuilderBase& b = e_.builder;
        llvm::Type* real = e_.register_type(dtype_);
        llvm::Type* word = b.getInt64Ty();
        llvm::Type* address = b.getPtrTy();
        std::vector<llvm::Type*> types = {word, word,    word, word, word,    real, address,
                                          word, address, word, real, address, word};
        Value* one = llvm::ConstantFP::get(real, 1);
        Value* zero = llvm::ConstantFP::get(real, 0);
        Value* beta = later ? b.CreateSelect(later, one, zero) : zero;
        Value* rows = rows_ ? rows_ : e_.size(form_.rows);
        std::vector<Value*> operands = {e_.integer(form_.transpose_a),
                                        e_.integer(form_.transpose_b),
                                        rows,
                                        columns_ ? columns_ : e_.size(form_.columns),
                                        e_.size(form_.depth),
                                        llvm::ConstantFP::get(real, form_.alpha),
                                        e_.pointer(form_.a, at.a),
                                        e_.size(form_.lda),
                                        e_.pointer(form_.b, at.b),
                                        e_.size(form_.ldb),
                                        beta,
                                        e_.pointer(form_.c, at.c),
                                        e_.size(form_.ldc)};
        std::string_view name = dtype_ == f32 ? "ricci_gemm_f32" : "ricci_gemm_f64";
        if (of_bf16_ || (dtype_ == f32 && !form_.accumulate.empty())) {
            name = of_bf16_ ? of_bf16_->symbol : "ricci_gemm_sum_f32";
            types.insert(types.end(), {address, word});
            Value* around = form_.accumulate.empty() ? llvm::ConstantPointerNull::get(b.getPtrTy()) : loops();
            operands.insert(operands.end(), {around, e_.integer(static_cast<std::int64_t>(form_.accumulate.size()))});
        }
        if (of_bf16_) {
            types.insert(types.end(), {word, word, address});
            const auto stored = [&](ir::ValueId value) { return e_.integer(e_.graph.value(value).type.dtype == bf16); };
            Value* again = repeat_ ? repeat_ : llvm::ConstantPointerNull::get(b.getPtrTy());
            operands.insert(operands.end(), {stored(form_.a), stored(form_.b), again});
        }
        b.CreateCall(e_.module.getOrInsertFunction(llvm::StringRef(name), llvm::FunctionType::get(b.getVoidTy(), types, false)),
                     operands);
    }

    /// The runtime does the innermost parallel loop itself, as it may pack an operand once: a runtime::GemmRepeat.
    void repeat(const GemmForm::Loop& loop, Value* extent) {
        llvm::IRBuilderBase& b = e_.builder;
        const std::array<Value*, 4> words = {extent, e_.size(loop.a), e_.size(loop.b), e_.size(loop.c)};
        static_assert(sizeof(runtime::GemmRepeat) == words.size() * sizeof(std::int64_t));
        for (std::size_t i = 0; i < words.size(); ++i)
            b.CreateStore(words[i], b.CreateConstGEP1_64(b.getInt64Ty(), repeat_, i));
    }

    /// The accumulating loops as an array of runtime::GemmLoop, made once at the start of the function.
    Value* loops() {
        llvm::IRBuilderBase& b = e_.builder;
        std::vector<Value*> words;
        for (const GemmForm::Loop& loop : form_.accumulate) {
            words.insert(words.end(), {e_.size(loop.extent), e_.size(loop.a), e_.size(loop.b)});
        }
        static_assert(sizeof(runtime::GemmLoop) == 3 * sizeof(std::int64_t));
        for (std::size_t i = 0; i < words.size(); ++i)
            b.CreateStore(words[i], b.CreateConstGEP1_64(b.getInt64Ty(), loops_, i));
        return loops_;
    }

    Emitter& e_;
    const GemmForm& form_;
    DType dtype_;
    const std::optional<ir::CallSplit>& split_;
    bool sums_samples_;
    const ir::Routine* of_bf16_ = nullptr;  // where its factors are of bf16
    Value* loops_ = nullptr;    // memory for the accumulating loops, for the runtime to read
    Value* repeat_ = nullptr;   // memory for the innermost parallel loop of bf16
    Value* started_ = nullptr;  // C holds a sum already (an i1); null where it never does
    Value* rows_ = nullptr;     // of one call, where they are split
    Value* columns_ = nullptr;  // of one call, where they are split
};

}  // namespace

EmittedKernel emit_gemm(const ir::PlannedGraph& planned, const ir::KernelSource& source, const ir::KernelPlan& plan,
                        llvm::Module& module) {
    const ir::Graph& graph = planned.graph;
    const ir::Equation& equation = *source.equations[0];
    const std::int64_t samples = ir::samples_of(graph, source);
    std::optional<GemmForm> form = ir::gemm_form_in_tile(graph, equation, samples);
    RICCI_CHECK(form.has_value(), "{} is to run by blas but has no GEMM form", graph.value(equation.result).name);
    EmittedKernel kernel{source.name};
    llvm::IRBuilder<> builder(module.getContext());
    Emitter emitter(planned, module, builder, source.name, std::vector<ir::ValueId>{form->a, form->b, form->c},
                    std::vector<ir::ValueId>{form->c});
    emitter.samples = samples;
    // A tile of one sample has no index over samples in its form, and adds up tiles all the same.
    const IndexId sample = samples > 0 ? ir::sample_index(equation) : -1;
    const bool sums =
        sample >= 0 && std::ranges::none_of(equation.left, [&](const ir::Affine& at) { return at.uses(sample); });
    GemmEmitter(emitter, *form, equation.body->dtype, plan.calls, sums).emit_calls(kernel);
    emitter.finish();
    kernel.values = emitter.values();
    return kernel;
}

EmittedKernel emit_bf16_gemm(const ir::PlannedGraph& planned, const ir::KernelSource& source, const ir::KernelPlan& plan,
                             llvm::Module& module) {
    const ir::Equation& equation = *source.equations[0];
    const std::optional<GemmForm> form = ir::gemm_form(planned.graph, equation, ir::Factors::bf16);
    RICCI_CHECK(form.has_value(), "{} is to run as a product of bf16 but has no GEMM form",
                planned.graph.value(equation.result).name);
    EmittedKernel kernel{source.name};
    llvm::IRBuilder<> builder(module.getContext());
    Emitter emitter(planned, module, builder, source.name, std::vector<ir::ValueId>{form->a, form->b, form->c},
                    std::vector<ir::ValueId>{form->c});
    GemmEmitter calls(emitter, *form, f32, plan.calls, false);
    calls.multiply_bf16(*equation.schedule.routine);
    calls.emit_calls(kernel);
    emitter.finish();
    kernel.values = emitter.values();
    return kernel;
}

}  // namespace ricci::codegen
