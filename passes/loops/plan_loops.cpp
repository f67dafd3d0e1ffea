// From the equations of a kernel to its loops: what threads split, and which equations pass their results on in
// registers.
#include "passes/loops/plan_loops.h"

#include <algorithm>
#include <span>
#include <unordered_set>

#include "ir/analysis/gemm_form.h"
#include "ir/loops/kernel_plan.h"
#include "ir/loops/prologue.h"
#include "ir/loops/tile_view.h"
#include "passes/loops/choose_call_split.h"
#include "passes/loops/choose_epilogue.h"
#include "passes/loops/choose_loops.h"
#include "passes/loops/choose_tile.h"
#include "passes/loops/choose_vector.h"
#include "passes/loops/describe_loops.h"
#include "passes/loops/tile_cost.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// Lanes of the widest-used type: vectors of floats decide, so that every float operation fills a register.
int lanes_of(const Graph& graph, const Equation& equation, const Machine& machine) {
    DType dtype = equation.body->dtype;
    if (!is_float(dtype)) {
        for (const Access* access : accesses(equation.body)) {
            const DType read = graph.value(access->tensor).type.dtype;
            if (is_float(read)) dtype = read;
        }
    }
    return static_cast<int>(machine.f32_lanes) / (dtype == f64 || dtype == i64 ? 2 : 1);
}

class Planner {
  public:
    /// `uses`: of the graph.
    Planner(const Graph& graph, const KernelSource& kernel, const Uses& uses, const Machine& machine, Remarks& remarks)
        : graph_(graph),
          kernel_(kernel),
          uses_(uses),
          machine_(machine),
          remarks_(remarks),
          samples_(samples_of(graph, kernel)),
          planned_{.name = kernel.group->name, .loops = {}} {}

    /// The kernel with its loops.
    KernelGroup plan() {
        const Equation& first = *kernel_.equations[0];
        if (first.schedule.how == How::library) {
            if (first.schedule.routine->form == Routine::Form::product) call(gemm_form(graph_, first, Factors::bf16), first);
            return std::move(planned_);
        }
        if (kernel_.equations.size() > 1) {
            group();
        } else if (first.schedule.how != How::blas || (samples_ > 0 && !gemm_form_in_tile(graph_, first, samples_))) {
            single(first);
        } else if (samples_ == 0) {
            call(gemm_form_in_tile(graph_, first, 0), first);
        }
        return std::move(planned_);
    }

  private:
    Nest nest_of(const Equation& equation) const {
        Surroundings around{{}, samples_};
        for (const std::string& loop : planned_.loops) around.shared.push_back(equation.index_named(loop));
        return choose_nest(graph_, equation, around, lanes_of(graph_, equation, machine_));
    }

    /// `split`: the level of which a call does a part; -1 for none.
    LoopNest loops_of(const Nest& nest, LevelId split) const {
        if (std::optional<Contraction> tile = plan_contraction(nest, machine_, split))
            return describe(*tile, Epilogue{});
        if (std::optional<Transpose> transpose = choose_transpose(graph_, nest, machine_))
            return describe(LoopStep{1, TransposeLoops{nest, *transpose}});
        return describe(LoopStep{1, choose_plain_loops(nest, split)});
    }

    /// A product of matrices by calls, outside of batch tiles.
    void call(const std::optional<GemmForm>& form, const Equation& equation) {
        if (!form || samples_ > 0) return;
        ChosenCallSplit chosen = choose_call_split(*form, equation, graph_.typical_samples());
        planned_.split = std::move(chosen.index);
        planned_.split_by = chosen.by;
    }

    /// One equation: all loops are its own, and its rows may be split.
    void single(const Equation& equation) {
        const Nest nest = nest_of(equation);
        if (samples_ == 0 && nest.left_levels > 0 && nest.pair != 0) {
            const std::string& row = equation.indices[nest.levels[0].indices[0]].name;
            if (row_split(graph_, kernel_, row, /*shared=*/false)) planned_.split = row;
        }
        planned_.nests.push_back(loops_of(nest, planned_.split.empty() ? LevelId() : nest.first_own()));
    }

    /// Equations with common loops around them.
    void group() {
        planned_.loops = kernel_.group->loops;
        // The loop that can be split goes outside: the order of the others stays.
        const auto outer = std::ranges::find_if(planned_.loops, [&](const std::string& loop) {
            return row_split(graph_, kernel_, loop, /*shared=*/true).has_value();
        });
        if (outer != planned_.loops.end() && samples_ == 0) {
            std::rotate(planned_.loops.begin(), outer, outer + 1);
            planned_.split = planned_.loops[0];
        }
        for (const Equation* equation : kernel_.equations) nests_.push_back(nest_of(*equation));
        for (std::size_t place = 0; place < nests_.size(); place += planned_.nests.back().equations()) {
            std::optional<LoopNest> loops = with_prologue(place);
            if (!loops && place + 1 < nests_.size()) loops = with_epilogue(place);
            planned_.nests.push_back(loops ? std::move(*loops) : loops_of(nests_[place], -1));
        }
    }

    /// A pointwise equation computed inside the contraction behind it, with sums of it that ride along, where that is
    /// predicted to take less time.
    std::optional<LoopNest> with_prologue(std::size_t place) const {
        const Nest& own = nests_[place];
        const Equation& operand = *own.equation;
        if (!planned_.loops.empty() || samples_ == 0 || operand.reduce != Reduce::none) return std::nullopt;
        const std::vector<const Equation*> readers = readers_behind(place);
        for (const Equation* contraction : readers) {
            std::vector<const Equation*> sums = readers;
            std::erase(sums, contraction);
            const OrReason<Nest> nest =
                ir::with_prologue(graph_, operand, *contraction, sums, samples_, [&](const Equation& joined) {
                    return choose_nest(graph_, joined, {{}, samples_}, own.lanes);
                });
            const std::optional<Contraction> inside = nest ? plan_contraction(*nest, machine_) : std::nullopt;
            if (!inside) continue;
            double apart = plain_cycles(own, machine_);
            for (std::size_t i = 1; i <= readers.size(); ++i) {
                const std::optional<Contraction> one = plan_contraction(nests_[place + i], machine_);
                apart += one ? one->cycles : plain_cycles(nests_[place + i], machine_);
            }
            if (inside->cycles >= apart) return std::nullopt;
            return describe(*inside, Epilogue{});
        }
        return std::nullopt;
    }

    /// All readers of an equation's result, when those are the next equations of the kernel.
    std::vector<const Equation*> readers_behind(std::size_t place) const {
        const ValueId value = nests_[place].equation->result;
        std::vector<const Equation*> readers;
        if (uses_.leaves(value)) return readers;
        for (const EquationId reader : uses_.readers(value)) {
            readers.push_back(&graph_.equations[reader]);
            const std::size_t at = place + readers.size();
            if (at >= nests_.size() || nests_[at].equation != readers.back()) return {};
        }
        return readers;
    }

    /// A contraction with equations behind it that are computed from its registers.
    std::optional<LoopNest> with_epilogue(std::size_t place) const {
        const std::span<const Equation* const> behind = std::span(kernel_.equations).subspan(place + 1);
        const std::optional<FusedContraction> fused = choose_epilogue(graph_, uses_, nests_[place], behind, machine_);
        if (fused && !fused->remark.empty()) remarks_.push_back({"plan-loops", fused->remark});
        if (!fused || fused->epilogue.steps.empty()) return std::nullopt;
        return describe(fused->plan, fused->epilogue);
    }

    const Graph& graph_;
    const KernelSource& kernel_;
    const Uses& uses_;
    const Machine& machine_;
    Remarks& remarks_;
    const std::int64_t samples_;  // that the batch tile has room for; 0 outside of tiles
    KernelGroup planned_;
    std::vector<Nest> nests_;  // of each equation by itself
};

/// Puts equations that are in no kernel into one each.
void add_kernels(Graph& graph) {
    std::unordered_set<std::string> taken;
    for (const KernelGroup& kernel : graph.kernels) taken.insert(kernel.name);
    for (Equation& equation : graph.equations) {
        if (equation.kernel >= 0) continue;
        const std::string base = graph.value(equation.result).name;
        std::string name = base;
        for (int number = 2; !taken.insert(name).second; ++number) name = fmt::format("{}.{}", base, number);
        equation.kernel = graph.kernels.next();
        graph.kernels.push_back({.name = std::move(name), .loops = {}});
    }
}

}  // namespace

Graph plan_loops(const Graph& graph, const Options& options, Remarks& remarks) {
    Graph result = graph;
    add_kernels(result);
    const Graph view = tile_view(result);
    const Uses uses(view);
    for (const KernelSource& kernel : kernels_of(view)) {
        const KernelId place = kernel.equations[0]->kernel;
        result.kernels[place] = Planner(view, kernel, uses, options.machine, remarks).plan();
    }
    result.stage = std::max(result.stage, Stage::loops);
    return result;
}

}  // namespace ricci::passes
