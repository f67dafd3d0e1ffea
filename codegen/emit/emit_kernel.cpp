// From the equations of a kernel to its function: which loop may be split between threads, what starts at an identity,
// and the shared loops around the nests.
#include "codegen/emit/emit_kernel.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <algorithm>

#include "codegen/emit/emit_contraction.h"
#include "codegen/emit/kernel_form.h"
#include "codegen/emit/long_sum.h"
#include "ir/analysis/convolution_form.h"
#include "passes/loops/prologue.h"
#include "passes/loops/tile_cost.h"

namespace ricci::codegen {
namespace {

using ir::Equation;
using ir::IndexId;
using llvm::Value;

/// Lanes of the widest-used type: vectors of floats decide, so that every float operation fills a register.
int lanes_of(const ir::Graph& graph, const Equation& equation, const Target& target) {
    DType dtype = equation.body->dtype;
    if (!is_float(dtype)) {
        for (const ir::Access* access : ir::accesses(equation.body)) {
            DType read = graph.value(access->tensor).type.dtype;
            if (is_float(read)) dtype = read;
        }
    }
    return target.lanes(dtype == f64 || dtype == i64 ? f64 : f32);
}

std::int64_t extent_of(const Equation& equation, IndexId index) {
    return equation.indices[static_cast<std::size_t>(index)].extent;
}

/// The extent of the result's outermost axis.
std::int64_t rows_of(const ir::Graph& graph, const Equation& equation) {
    return graph.value(equation.result).type.axes[0].extent;
}

/// True when the index alone numbers rows of the result's outermost axis: all of them, or the first.
bool numbers_rows(const Equation& equation, IndexId index) {
    if (index < 0 || equation.left.empty() || equation.left[0].bare() != index) return false;
    return std::ranges::none_of(equation.left.begin() + 1, equation.left.end(),
                                [&](const ir::Affine& at) { return at.uses(index); });
}

/// A shared loop that every equation writes rows of its own with can be split between threads.
bool splits(const ir::Graph& graph, const std::vector<const Equation*>& equations, const std::string& loop) {
    return std::ranges::all_of(equations, [&](const Equation* equation) {
        const IndexId row = equation->index_named(loop);
        return numbers_rows(*equation, row) && extent_of(*equation, row) == rows_of(graph, *equation);
    });
}

std::int64_t extent_of(const std::vector<const Equation*>& equations, const std::string& loop) {
    for (const Equation* equation : equations) {
        if (IndexId i = equation->index_named(loop); i >= 0) return extent_of(*equation, i);
    }
    return 1;
}

class GroupEmitter {
  public:
    GroupEmitter(const ir::Graph& graph, const KernelSource& source, const Target& target, Emitter& emitter)
        : graph_(graph), source_(source), e_(emitter), loops_(source.loops) {
        // The loop that can be split goes outside: the order of the others stays.
        auto outer = std::ranges::find_if(
            loops_, [&](const std::string& loop) { return splits(graph, source.equations, loop); });
        if (outer != loops_.end() && e_.samples == 0) {
            std::rotate(loops_.begin(), outer, outer + 1);
            split_ = true;
        }
        for (const Equation* equation : source.equations) {
            std::vector<IndexId> shared;
            for (const std::string& loop : loops_) shared.push_back(equation->index_named(loop));
            nests_.push_back(plan_nest(graph, *equation, shared, lanes_of(graph, *equation, target), e_.samples));
        }
    }

    void run(EmittedKernel& kernel) {
        Rows rows = split_ ? Rows{e_.begin(), e_.end()} : Rows{};
        for (const Nest& nest : nests_) {
            if (nest.fills) emit_identity(e_, nest, rows);
        }
        std::vector<Written> written;
        for (const Nest& nest : nests_) {
            if (!nest.accumulates) continue;
            const auto [first, last] = elements_of(e_, nest.equation->result, rows);
            written.push_back({&nest, first, last});
        }
        begin_totals(e_, written);
        numbers_.assign(loops_.size(), nullptr);
        shared_loops(0);
        end_totals(e_, written);
        for (const Equation* equation : source_.equations) {
            IndexId row = split_ ? equation->index_named(loops_[0]) : -1;
            kernel.cost += cost_per_row(*equation, row);
        }
        if (split_) kernel.parallel_extent = extent_of(source_.equations, loops_[0]);
    }

  private:
    void shared_loops(std::size_t depth) {
        if (depth == loops_.size()) {
            for (std::size_t i = 0; i < nests_.size(); ++i) {
                std::size_t done = emit_with_prologue(i);
                if (done == 0 && i + 1 < nests_.size()) done = emit_with_epilogue(i);
                if (done == 0) emit_nest(e_, nests_[i], shared_point(nests_[i]));
                i += done;
            }
            return;
        }
        bool outer = depth == 0 && split_;
        Value* first = outer ? e_.begin() : e_.integer(0);
        Value* last = outer ? e_.end() : e_.size(ir::Size::of(extent_of(source_.equations, loops_[depth])));
        e_.loop(first, last, 1, {}, outer, [&](Value* i, const Emitter::Carried&) {
            numbers_[depth] = i;
            shared_loops(depth + 1);
            return Emitter::Carried{};
        });
    }

    Point shared_point(const Nest& nest) const {
        Point shared;
        for (std::size_t i = 0; i < loops_.size(); ++i) {
            if (nest.equation->index_named(loops_[i]) >= 0) shared.push_back(numbers_[i]);
        }
        return shared;
    }

    /// A pointwise equation computed inside the contraction behind it, with sums of it that ride along, where that is
    /// predicted to take less time. Gives how many equations behind it are done; 0 for none.
    std::size_t emit_with_prologue(std::size_t place) {
        const Equation& operand = *nests_[place].equation;
        if (!loops_.empty() || e_.samples == 0 || operand.reduce != ir::Reduce::none) return 0;
        const std::vector<const Equation*> readers = readers_behind(place);
        for (const Equation* contraction : readers) {
            std::vector<const Equation*> sums = readers;
            std::erase(sums, contraction);
            const std::optional<Nest> nest =
                plan_prologue(graph_, operand, *contraction, sums, nests_[place].lanes, e_.samples);
            const std::optional<Contraction> plan = nest ? plan_contraction(*nest, e_.machine) : std::nullopt;
            if (!plan) continue;
            double apart = plain_cycles(nests_[place], e_.machine);
            for (std::size_t i = 1; i <= readers.size(); ++i) {
                const std::optional<Contraction> one = plan_contraction(nests_[place + i], e_.machine);
                apart += one ? one->cycles : plain_cycles(nests_[place + i], e_.machine);
            }
            if (plan->cycles >= apart) return 0;
            emit_contraction(e_, *e_.plan(*nest, e_.machine, -1), {}, {});
            return readers.size();
        }
        return 0;
    }

    /// All readers of an equation's result, when those are the next equations of the kernel.
    std::vector<const Equation*> readers_behind(std::size_t place) const {
        const ir::ValueId value = nests_[place].equation->result;
        std::vector<const Equation*> readers;
        if (std::ranges::find(graph_.outputs, value, &ir::Output::value) != graph_.outputs.end()) return readers;
        const std::vector<std::vector<int>> all = graph_.readers();
        for (int reader : all[static_cast<std::size_t>(value)]) {
            readers.push_back(&graph_.equations[static_cast<std::size_t>(reader)]);
            const std::size_t at = place + readers.size();
            if (at >= nests_.size() || nests_[at].equation != readers.back()) return {};
        }
        return readers;
    }

    /// A contraction with equations behind it that are computed from its registers; how many, 0 for none.
    std::size_t emit_with_epilogue(std::size_t place) {
        const std::span<const Equation* const> behind = std::span(source_.equations).subspan(place + 1);
        const std::optional<FusedContraction> fused = plan_fused(graph_, nests_[place], behind, e_.plan, e_.machine);
        if (fused && !fused->remark.empty()) e_.remarks.push_back(fused->remark);
        if (!fused || fused->epilogue.steps.empty()) return 0;
        emit_contraction(e_, fused->plan, shared_point(nests_[place]), {}, &fused->epilogue);
        return fused->epilogue.steps.size();
    }

    const ir::Graph& graph_;
    const KernelSource& source_;
    Emitter& e_;
    std::vector<std::string> loops_;
    bool split_ = false;
    std::vector<Nest> nests_;
    std::vector<Value*> numbers_;
};

/// One equation: all loops are its own, and its rows may be split.
void emit_single(const ir::Graph& graph, const Equation& equation, const Target& target, Emitter& e,
                 EmittedKernel& kernel) {
    Nest nest = plan_nest(graph, equation, {}, lanes_of(graph, equation, target), e.samples);
    kernel.cost = cost_per_row(equation, -1);
    Rows rows;
    Rows levels;
    if (e.samples == 0 && nest.left_levels > 0 && nest.pair != 0) {
        const Level& outermost = nest.levels[0];
        IndexId row = outermost.indices[0];
        const bool numbers = numbers_rows(equation, row);
        const std::int64_t extent = extent_of(equation, row);
        const std::int64_t all = numbers ? rows_of(graph, equation) : 0;
        // Rows that are dropped at the end would have no place of their own.
        if (numbers && (extent == all || (extent != ir::kOpen && extent < all))) {
            kernel.parallel_extent = extent;
            kernel.cost = cost_per_row(equation, row);
            rows = {e.begin(), e.end()};
            // A merged level counts the points of its inner indices too.
            ir::Size inner{1, 0};
            for (std::size_t i = 1; i < outermost.indices.size(); ++i) {
                inner = *ir::product(inner, ir::Size::of(extent_of(equation, outermost.indices[i])));
            }
            Value* scale = e.size(inner);
            levels = {e.builder.CreateNSWMul(rows.first, scale), e.builder.CreateNSWMul(rows.last, scale)};
            if (extent != all) {
                // Rows behind the last of the index are set by whoever has that one.
                Value* is_last = e.builder.CreateICmpEQ(rows.last, e.integer(extent));
                rows.last = e.builder.CreateSelect(is_last, e.integer(all), rows.last);
            }
        }
    }
    if (nest.fills) emit_identity(e, nest, rows);
    emit_nest(e, nest, {}, levels);
}

}  // namespace

std::int64_t samples_of(const ir::Graph& graph, const KernelSource& source) {
    const int tile = source.equations.empty() ? -1 : source.equations[0]->tile;
    return tile < 0 ? 0 : graph.tiles[static_cast<std::size_t>(tile)].samples;
}

std::vector<KernelSource> kernels_of(const ir::Graph& graph) {
    std::vector<KernelSource> kernels;
    int current = -1;
    for (const Equation& equation : graph.equations) {
        if (equation.kernel < 0 || equation.kernel != current) {
            KernelSource source;
            if (equation.kernel >= 0) {
                const ir::KernelGroup& group = graph.kernels[static_cast<std::size_t>(equation.kernel)];
                source.name = group.name;
                source.loops = group.loops;
            } else {
                source.name = graph.value(equation.result).name;
            }
            source.name = graph.name + "." + source.name;
            kernels.push_back(std::move(source));
        }
        current = equation.kernel;
        kernels.back().equations.push_back(&equation);
    }
    return kernels;
}

EmittedKernel emit_kernel(const ir::Graph& graph, const KernelSource& source, const Target& target,
                          const passes::Machine& machine, llvm::Module& module, const ContractionPlanner& plan) {
    if (is_gemm(graph, source)) return emit_gemm(graph, source, module);
    if (!ir::convolution_method(source.equations[0]->op).empty()) return emit_convolution(graph, source, module);
    EmittedKernel kernel{source.name};
    llvm::IRBuilder<> builder(module.getContext());
    Emitter emitter(graph, module, builder, source.name, values_of(source));
    emitter.machine = machine;
    emitter.avx512 = target.vector_bytes == 64;
    emitter.plan = plan;
    emitter.samples = samples_of(graph, source);
    if (source.equations.size() == 1) {
        emit_single(graph, *source.equations[0], target, emitter, kernel);
    } else {
        GroupEmitter(graph, source, target, emitter).run(kernel);
    }
    emitter.finish();
    kernel.values = emitter.values();
    kernel.remarks = std::move(emitter.remarks);
    return kernel;
}

EmittedKernel emit_copy(const ir::Graph& graph, const std::string& name, ir::ValueId to, ir::ValueId from,
                        llvm::Module& module) {
    llvm::IRBuilder<> builder(module.getContext());
    Emitter emitter(graph, module, builder, name, std::vector<ir::ValueId>{to, from});
    const ir::TensorType& type = graph.value(to).type;
    Value* bytes = builder.CreateMul(emitter.size(ir::count_of(type)),
                                     emitter.integer(static_cast<std::int64_t>(size_of(type.dtype))));
    Value* zero = emitter.integer(0);
    builder.CreateMemCpy(emitter.pointer(to, zero), llvm::MaybeAlign(), emitter.pointer(from, zero), llvm::MaybeAlign(),
                         bytes);
    emitter.finish();
    return {name, 1, 0, static_cast<double>(type.count()), emitter.values()};
}

}  // namespace ricci::codegen
