// From the plan of a kernel to its function: what starts at an identity, the shared loops, and the loops of each step.
#include "codegen/emit/emit_kernel.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <algorithm>

#include "codegen/emit/emit_contraction.h"
#include "codegen/emit/emit_convolution.h"
#include "codegen/emit/emit_gemm.h"
#include "codegen/emit/emit_nest.h"
#include "codegen/emit/emit_transpose.h"
#include "codegen/emit/kernel_form.h"
#include "codegen/emit/long_sum.h"
#include "codegen/emit/row_reads.h"
#include "codegen/emit/rows.h"
#include "codegen/emit/scalar_emitters.h"

namespace ricci::codegen {
namespace {

using ir::Equation;
using llvm::Value;

class KernelEmitter {
  public:
    KernelEmitter(const ir::KernelPlan& plan, Emitter& emitter) : plan_(plan), e_(emitter) {}

    void emit_nests() {
        const auto [rows, levels] = plan_.split ? rows_of(*plan_.split) : std::pair<Rows, Rows>{};
        levels_ = plan_.shared.empty() ? levels : Rows{};
        for (const ir::Nest& nest : plan_.nests) {
            if (nest.fills) emit_identity(e_, nest, rows);
        }
        std::vector<Written> written;
        for (const ir::Nest& nest : plan_.nests) {
            if (!nest.accumulates || plan_.nests.size() == 1) continue;
            const auto [first, last] = elements_of(e_, nest.equation->result, rows);
            written.push_back({&nest, first, last});
        }
        begin_totals(e_, written);
        numbers_.assign(plan_.shared.size(), nullptr);
        shared_loops(0);
        end_totals(e_, written);
    }

  private:
    /// Rows of the results' outermost axis that this call does, and points of the outermost own level.
    std::pair<Rows, Rows> rows_of(const ir::RowSplit& split) {
        Rows rows{e_.begin(), e_.end()};
        Value* scale = e_.size(split.inner);
        const Rows levels{e_.builder.CreateNSWMul(rows.first, scale), e_.builder.CreateNSWMul(rows.last, scale)};
        if (split.extent != split.axis) {
            // Rows behind the last of the index are set by whoever has that one.
            Value* is_last = e_.builder.CreateICmpEQ(rows.last, e_.integer(split.extent));
            rows.last = e_.builder.CreateSelect(is_last, e_.integer(split.axis), rows.last);
        }
        return {rows, levels};
    }

    void shared_loops(std::size_t depth) {
        if (depth == plan_.shared.size()) {
            for (const ir::LoopStep& step : plan_.steps) emit(step);
            return;
        }
        const bool outer = depth == 0 && plan_.split;
        Value* first = outer ? e_.begin() : e_.integer(0);
        Value* last = outer ? e_.end() : e_.size(ir::Size::of(extent_of(plan_.shared[depth])));
        e_.loop(first, last, 1, {}, outer, [&](Value* i, const Emitter::Carried&) {
            numbers_[depth] = i;
            shared_loops(depth + 1);
            return Emitter::Carried{};
        });
    }

    std::int64_t extent_of(const std::string& loop) const {
        for (const ir::Nest& nest : plan_.nests) {
            const ir::IndexId i = nest.equation->index_named(loop);
            if (i >= 0) return nest.equation->indices[i].extent;
        }
        return 1;
    }

    Point shared_point(const ir::Nest& nest) const {
        Point shared;
        for (std::size_t i = 0; i < plan_.shared.size(); ++i) {
            if (nest.equation->index_named(plan_.shared[i]) >= 0) shared.push_back(numbers_[i]);
        }
        return shared;
    }

    void emit(const ir::LoopStep& step) {
        const Point shared = shared_point(step.nest());
        if (const auto* tile = std::get_if<ir::TileLoops>(&step.loops)) {
            const ir::Epilogue* epilogue = tile->epilogue.steps.empty() ? nullptr : &tile->epilogue;
            emit_contraction(e_, tile->tile, shared, levels_, epilogue);
        } else if (const auto* transpose = std::get_if<ir::TransposeLoops>(&step.loops)) {
            emit_transpose(e_, transpose->nest, transpose->transpose, shared, levels_);
        } else {
            emit_plain_loops(e_, std::get<ir::PlainLoops>(step.loops), shared, levels_);
        }
    }

    const ir::KernelPlan& plan_;
    Emitter& e_;
    Rows levels_;
    std::vector<Value*> numbers_;
};

}  // namespace

EmittedKernel emit_kernel(const ir::PlannedGraph& planned, const ir::KernelSource& source, const Target& target,
                          llvm::Module& module) {
    const ir::KernelPlan plan = ir::plan_of(planned.graph, planned.uses, source);
    if (plan.form == ir::KernelPlan::Form::blas) return emit_gemm(planned, source, plan, module);
    if (plan.form == ir::KernelPlan::Form::library) {
        const bool product = source.equations[0]->schedule.routine->form == ir::Routine::Form::product;
        return product ? emit_bf16_gemm(planned, source, plan, module) : emit_convolution(planned, source, module);
    }
    llvm::IRBuilder<> builder(module.getContext());
    Emitter emitter(planned, module, builder, source.name, values_of(source), written_by(source));
    emitter.call = emit_scalar;
    emitter.avx512 = target.vector_bytes == 64;
    emitter.samples = plan.samples;
    KernelEmitter(plan, emitter).emit_nests();
    emitter.finish();
    return {.name = source.name,
            .parallel_extent = plan.split ? plan.split->extent : 1,
            .grain = 0,
            .cost = plan.cost,
            .values = emitter.values()};
}

EmittedKernel emit_copy(const ir::PlannedGraph& planned, const std::string& name, ir::ValueId to, ir::ValueId from,
                        llvm::Module& module) {
    llvm::IRBuilder<> builder(module.getContext());
    Emitter emitter(planned, module, builder, name, std::vector<ir::ValueId>{to, from},
                    std::vector<ir::ValueId>{to});
    const ir::TensorType& type = planned.graph.value(to).type;
    Value* bytes = builder.CreateMul(emitter.size(ir::count_of(type)),
                                     emitter.integer(static_cast<std::int64_t>(size_of(type.dtype))));
    Value* zero = emitter.integer(0);
    builder.CreateMemCpy(emitter.pointer(to, zero), llvm::MaybeAlign(), emitter.pointer(from, zero), llvm::MaybeAlign(),
                         bytes);
    emitter.finish();
    return {name, 1, 0, static_cast<double>(type.count()), emitter.values()};
}

}  // namespace ricci::codegen
