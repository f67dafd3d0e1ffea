// From the equations of a kernel to its loops: what threads split, what the shared loops are, and which equations pass
// their results on in registers.
#include "passes/loops/kernel_plan.h"

#include <algorithm>

#include "ir/analysis/gemm_form.h"
#include "passes/loops/prologue.h"
#include "passes/loops/tile_cost.h"

namespace ricci::codegen {
namespace {

using ir::Equation;
using ir::IndexId;

/// Lanes of the widest-used type: vectors of floats decide, so that every float operation fills a register.
int lanes_of(const ir::Graph& graph, const Equation& equation, const LoopTarget& target) {
    DType dtype = equation.body->dtype;
    if (!is_float(dtype)) {
        for (const ir::Access* access : ir::accesses(equation.body)) {
            DType read = graph.value(access->tensor).type.dtype;
            if (is_float(read)) dtype = read;
        }
    }
    return target.vector_bytes / static_cast<int>(size_of(dtype == f64 || dtype == i64 ? f64 : f32));
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

class Planner {
  public:
    Planner(const ir::Graph& graph, const KernelSource& source, const LoopTarget& target,
            const ContractionPlanner& planner)
        : graph_(graph), source_(source), target_(target), planner_(planner) {
        plan_.samples = samples_of(graph, source);
    }

    KernelPlan run() {
        const Equation& first = *source_.equations[0];
        if (first.schedule.how == ir::How::library) {
            plan_.form = KernelPlan::Form::library;
        } else if (source_.equations.size() > 1) {
            group();
        } else if (first.schedule.how == ir::How::blas &&
                   (plan_.samples == 0 || ir::gemm_form_in_tile(graph_, first, plan_.samples))) {
            plan_.form = KernelPlan::Form::blas;
        } else {
            single(first);
        }
        return std::move(plan_);
    }

  private:
    Nest nest_of(const Equation& equation, const std::vector<IndexId>& shared) const {
        return plan_nest(graph_, equation, shared, lanes_of(graph_, equation, target_), plan_.samples);
    }

    /// `split`: the level of which a call does a part; -1 for none.
    LoopStep step_of(const Nest& nest, int split) const {
        if (std::optional<Contraction> tile = planner_(nest, target_.machine, split))
            return {1, TileLoops{std::move(*tile), {}}};
        if (std::optional<Transpose> transpose = plan_transpose(graph_, nest, target_.vector_bytes == 64 ? 64 : 32))
            return {1, TransposeLoops{nest, *transpose}};
        return {1, plan_plain_loops(nest, split)};
    }

    /// One equation: all loops are its own, and its rows may be split.
    void single(const Equation& equation) {
        const Nest nest = nest_of(equation, {});
        plan_.cost = cost_per_row(equation, -1);
        if (plan_.samples == 0 && nest.left_levels > 0 && nest.pair != 0) split_rows(equation, nest);
        plan_.nests.push_back(nest);
        plan_.steps.push_back(step_of(nest, plan_.split ? nest.shared : -1));
    }

    void split_rows(const Equation& equation, const Nest& nest) {
        const Level& outermost = nest.levels[0];
        const IndexId row = outermost.indices[0];
        if (!numbers_rows(equation, row)) return;
        const std::int64_t extent = extent_of(equation, row);
        const std::int64_t axis = rows_of(graph_, equation);
        // Rows that are dropped at the end would have no place of their own.
        if (extent != axis && (extent == ir::kOpen || extent > axis)) return;
        plan_.cost = cost_per_row(equation, row);
        plan_.split = RowSplit{.extent = extent, .axis = axis};
        // A merged level counts the points of its inner indices too.
        for (std::size_t i = 1; i < outermost.indices.size(); ++i) {
            const ir::Size inner = ir::Size::of(extent_of(equation, outermost.indices[i]));
            plan_.split->inner = *ir::product(plan_.split->inner, inner);
        }
    }

    /// Equations with common loops around them.
    void group() {
        plan_.shared = source_.loops;
        // The loop that can be split goes outside: the order of the others stays.
        auto outer = std::ranges::find_if(
            plan_.shared, [&](const std::string& loop) { return splits(graph_, source_.equations, loop); });
        if (outer != plan_.shared.end() && plan_.samples == 0) {
            std::rotate(plan_.shared.begin(), outer, outer + 1);
            const std::int64_t extent = extent_of(source_.equations, plan_.shared[0]);
            plan_.split = RowSplit{.extent = extent, .axis = extent};
        }
        for (const Equation* equation : source_.equations) {
            std::vector<IndexId> shared;
            for (const std::string& loop : plan_.shared) shared.push_back(equation->index_named(loop));
            plan_.nests.push_back(nest_of(*equation, shared));
            plan_.cost += cost_per_row(*equation, plan_.split ? equation->index_named(plan_.shared[0]) : -1);
        }
        for (std::size_t place = 0; place < plan_.nests.size(); place += plan_.steps.back().equations) {
            std::optional<LoopStep> step = with_prologue(place);
            if (!step && place + 1 < plan_.nests.size()) step = with_epilogue(place);
            plan_.steps.push_back(step ? std::move(*step) : step_of(plan_.nests[place], -1));
        }
    }

    /// A pointwise equation computed inside the contraction behind it, with sums of it that ride along, where that is
    /// predicted to take less time.
    std::optional<LoopStep> with_prologue(std::size_t place) const {
        const Nest& own = plan_.nests[place];
        const Equation& operand = *own.equation;
        if (!plan_.shared.empty() || plan_.samples == 0 || operand.reduce != ir::Reduce::none) return std::nullopt;
        const std::vector<const Equation*> readers = readers_behind(place);
        for (const Equation* contraction : readers) {
            std::vector<const Equation*> sums = readers;
            std::erase(sums, contraction);
            const std::optional<Nest> nest =
                plan_prologue(graph_, operand, *contraction, sums, own.lanes, plan_.samples);
            const std::optional<Contraction> inside =
                nest ? plan_contraction(*nest, target_.machine) : std::nullopt;
            if (!inside) continue;
            double apart = plain_cycles(own, target_.machine);
            for (std::size_t i = 1; i <= readers.size(); ++i) {
                const std::optional<Contraction> one = plan_contraction(plan_.nests[place + i], target_.machine);
                apart += one ? one->cycles : plain_cycles(plan_.nests[place + i], target_.machine);
            }
            if (inside->cycles >= apart) return std::nullopt;
            return LoopStep{1 + readers.size(), TileLoops{*planner_(*nest, target_.machine, -1), {}}};
        }
        return std::nullopt;
    }

    /// All readers of an equation's result, when those are the next equations of the kernel.
    std::vector<const Equation*> readers_behind(std::size_t place) const {
        const ir::ValueId value = plan_.nests[place].equation->result;
        std::vector<const Equation*> readers;
        if (std::ranges::find(graph_.outputs, value, &ir::Output::value) != graph_.outputs.end()) return readers;
        const std::vector<std::vector<int>> all = graph_.readers();
        for (int reader : all[static_cast<std::size_t>(value)]) {
            readers.push_back(&graph_.equations[static_cast<std::size_t>(reader)]);
            const std::size_t at = place + readers.size();
            if (at >= plan_.nests.size() || plan_.nests[at].equation != readers.back()) return {};
        }
        return readers;
    }

    /// A contraction with equations behind it that are computed from its registers.
    std::optional<LoopStep> with_epilogue(std::size_t place) {
        const std::span<const Equation* const> behind = std::span(source_.equations).subspan(place + 1);
        std::optional<FusedContraction> fused =
            plan_fused(graph_, plan_.nests[place], behind, planner_, target_.machine);
        if (fused && !fused->remark.empty()) plan_.remarks.push_back(fused->remark);
        if (!fused || fused->epilogue.steps.empty()) return std::nullopt;
        const std::size_t equations = 1 + fused->epilogue.steps.size();
        return LoopStep{equations, TileLoops{std::move(fused->plan), std::move(fused->epilogue)}};
    }

    const ir::Graph& graph_;
    const KernelSource& source_;
    const LoopTarget& target_;
    const ContractionPlanner& planner_;
    KernelPlan plan_;
};

}  // namespace

const Nest& LoopStep::nest() const {
    if (const auto* tile = std::get_if<TileLoops>(&loops)) return tile->tile.nest;
    if (const auto* transpose = std::get_if<TransposeLoops>(&loops)) return transpose->nest;
    return std::get<PlainLoops>(loops).nest;
}

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

KernelPlan plan_kernel(const ir::Graph& graph, const KernelSource& source, const LoopTarget& target,
                       const ContractionPlanner& planner) {
    return Planner(graph, source, target, planner).run();
}

}  // namespace ricci::codegen
