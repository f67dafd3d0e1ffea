// From the text of a kernel's loops to its plan, step by step, with a reason where a step cannot be.
#include "ir/loops/kernel_plan.h"

#include <algorithm>

#include "ir/analysis/gemm_form.h"
#include "ir/base/error.h"
#include "ir/loops/prologue.h"

namespace ricci::ir {
namespace {

std::int64_t extent_of(const Equation& equation, IndexId index) {
    return equation.indices[index].extent;
}

/// The extent of the result's outermost axis.
std::int64_t rows_of(const Graph& graph, const Equation& equation) {
    return graph.value(equation.result).type.axes[0].extent;
}

/// True when the index alone numbers rows of the result's outermost axis: all of them, or the first.
bool numbers_rows(const Equation& equation, IndexId index) {
    if (index < 0 || equation.left.empty() || equation.left[0].bare() != index) return false;
    return std::ranges::none_of(equation.left.begin() + 1, equation.left.end(),
                                [&](const Affine& at) { return at.uses(index); });
}

/// The indices that the loops name, as runs of the equation. \throws UserError for a name that it does not have.
Runs runs_of(const Equation& equation, const LoopNest& text) {
    Runs runs;
    const auto add = [&](const std::vector<std::string>& names) {
        std::vector<IndexId> run;
        for (const std::string& name : names) {
            const IndexId id = equation.index_named(name);
            if (id < 0) user_error("a loop runs over {}, which is no index of its equation", name);
            if (extent_of(equation, id) == 1) user_error("index {} has one point and needs no loop", name);
            for (const auto& other : runs) {
                if (std::ranges::count(other, id) > 0) user_error("two loops run over {}", name);
            }
            if (std::ranges::count(run, id) > 0) user_error("two loops run over {}", name);
            run.push_back(id);
        }
        runs.push_back(std::move(run));
    };
    for (const auto* loops : {&text.outer, &text.inner}) {
        for (const Loop& loop : *loops) {
            add(loop.indices);
            if (!loop.pair.empty()) add(loop.pair);
        }
    }
    return runs;
}

/// Sets the vector that the text says; checks that loops outside run over the result, and those inside are reduced.
void set_vector(Nest& nest, const LoopNest& text) {
    const bool turned = text.form == LoopNest::Form::transpose;
    nest.lanes = text.lanes;
    for (const auto* loops : {&text.outer, &text.inner}) {
        for (const Loop& loop : *loops) {
            const LevelId level = level_of(nest, loop);
            const bool reduced = nest.levels[level].reduced;
            if (!turned && reduced != (loops == &text.inner)) {
                user_error("loop {} {}", nest.name_of(level),
                           reduced ? "is reduced: it stands behind `over`" : "runs over the result: it stands in `for`");
            }
            if (!loop.vector) continue;
            if (nest.vector >= 0) user_error("two loops are vectors");
            nest.vector = level;
            if (!loop.pair.empty()) nest.pair = level_of(nest, {.indices = loop.pair});
        }
    }
    // The functions of codegen/math/ take 64 bytes at the most.
    const DType dtype = nest.equation->body->dtype;
    const int most = dtype == f64 ? 8 : 16;
    const bool has_lanes = nest.vector >= 0 || turned;
    if (has_lanes && (text.lanes < 2 || text.lanes > most || (text.lanes & (text.lanes - 1)) != 0))
        user_error("vectors of {} lanes; those of {} have 2, 4{} or {}", text.lanes, name_of(dtype), most == 16 ? ", 8" : "", most);
}

/// Sets the levels that the text looks up.
void set_look_ups(const Graph& graph, Nest& nest, const LoopNest& text) {
    std::vector<LookedUp> levels = levels_looked_up(graph, nest);
    std::vector<LookedUp> asked;
    for (const auto* loops : {&text.outer, &text.inner}) {
        for (const Loop& loop : *loops) {
            if (!loop.look_up) continue;
            const LevelId level = level_of(nest, loop);
            const std::string name = nest.name_of(level);
            const auto found = std::ranges::find(levels, level, &LookedUp::level);
            if (found == levels.end()) user_error("{} is not looked up: its equation compares no id with it", name);
            if (text.form != LoopNest::Form::plain) user_error("{} is looked up: only plain loops do that", name);
            if (nest.samples > 0) user_error("{} is looked up: a batch tile looks nothing up, for its lanes are samples", name);
            asked.push_back(std::move(*found));
        }
    }
    look_up(nest, std::move(asked));
    if (nest.scatters_by_ids() && nest.shared > 0)
        user_error("ids say where its points go: no loops are around it");
}

class Planner {
  public:
    Planner(const Graph& graph, const Uses& uses, const KernelSource& kernel)
        : graph_(graph), uses_(uses), kernel_(kernel), group_(*kernel.group) {
        plan_.samples = samples_of(graph, kernel);
    }

    KernelPlan plan() {
        if (group_.nests.empty()) {
            call();
            return std::move(plan_);
        }
        plan_.shared = group_.loops;
        for (const Equation* equation : kernel_.equations) {
            const Surroundings around = surroundings(graph_, kernel_, *equation);
            plan_.nests.push_back(nest_of(graph_, *equation, around, longest_runs(graph_, *equation, around)));
        }
        split();
        std::size_t first = 0;
        for (const LoopNest& text : group_.nests) {
            first_ = first;
            first += text.equations();
            try {
                plan_.steps.push_back(step(text));
                begin_at_identity(plan_.steps.back().nest());
            } catch (const UserError& error) {
                throw RefusedLoops(fmt::format("loops of {}: {}", name(text.result), error.what()), text.location);
            }
        }
        if (first != kernel_.equations.size()) {
            user_error("no loops compute {}, the next equation of the kernel; plan-loops writes loops for a text of stage kernels",
                       name(kernel_.equations[std::min(first, kernel_.equations.size() - 1)]->result));
        }
        if (plan_.split && group_.loops.empty()) plan_.split->inner = points_of_row(plan_.steps[0].nest());
        cost();
        return std::move(plan_);
    }

  private:
    const std::string& name(ValueId id) const { return graph_.value(id).name; }

    void call() {
        const Equation& first = *kernel_.equations[0];
        if (kernel_.equations.size() != 1 || !first.schedule.is_call())
            user_error("no loops compute {}; plan-loops writes loops for a text of stage kernels", name(first.result));
        plan_.form = first.schedule.how == How::blas ? KernelPlan::Form::blas : KernelPlan::Form::library;
        if (plan_.form == KernelPlan::Form::blas && plan_.samples > 0 &&
            !gemm_form_in_tile(graph_, first, plan_.samples)) {
            user_error("{} has no form of a product of matrices in a tile of {} samples: it needs loops",
                       name(first.result), plan_.samples);
        }
        if (!group_.split.empty()) split_calls(first);
    }

    /// What threads share out of a product that is a call.
    void split_calls(const Equation& equation) {
        const std::string& index = group_.split;
        if (plan_.samples > 0) user_error("threads split {}, but a batch tile is one task", index);
        const bool product = plan_.form == KernelPlan::Form::blas ||
                             equation.schedule.routine->form == Routine::Form::product;
        if (!product) user_error("threads split {}, but a convolution of the runtime has parts of its own", index);
        const std::optional<GemmForm> form = plan_.form == KernelPlan::Form::blas
                                                 ? gemm_form_in_tile(graph_, equation, 0)
                                                 : gemm_form(graph_, equation, Factors::bf16);
        if (form) plan_.calls = call_split(*form, equation, equation.index_named(index));
        if (!plan_.calls)
            user_error("threads cannot split {}: it is no loop around the product, nor the outermost of its rows or columns",
                       index);
        const bool loop = plan_.calls->of == CallSplit::Of::loop;
        if (loop && group_.split_by > 0)
            user_error("threads split {} by {}, but each call is for one of them: leave out by", index, group_.split_by);
        if (!loop && group_.split_by == 0)
            user_error("threads split {}, but the bits of a product depend on the rows of a call: say by how many", index);
        plan_.calls->by = group_.split_by;
    }

    /// What ids scatter begins at an identity, as every scatter does.
    void begin_at_identity(const Nest& made) {
        if (!made.scatters_by_ids()) return;
        for (Nest& nest : plan_.nests) {
            if (nest.equation == made.equation) nest.fills = nest.accumulates = true;
        }
    }

    /// What threads share out.
    void split() {
        const std::string& index = group_.split;
        if (index.empty()) return;
        if (plan_.samples > 0) user_error("threads split {}, but a batch tile is one task", index);
        if (group_.split_by > 0) user_error("threads split {} by {}, but loops have no calls", index, group_.split_by);
        const bool shared = !group_.loops.empty();
        if (shared && group_.loops[0] != index)
            user_error("threads split {}, but the outermost loop of the kernel is {}", index, group_.loops[0]);
        if (!shared && kernel_.equations.size() > 1)
            user_error("threads split {}, which is no loop around all equations of the kernel", index);
        plan_.split = row_split(graph_, kernel_, index, shared);
        if (!plan_.split) user_error("threads cannot split {}: it does not number rows of the result", index);
    }

    /// The equation that computes a value, one of those that the step's text names.
    const Equation& equation_of(ValueId id, std::size_t count) const {
        for (std::size_t i = first_; i < std::min(first_ + count, kernel_.equations.size()); ++i) {
            if (kernel_.equations[i]->result == id) return *kernel_.equations[i];
        }
        user_error("{} is not one of the next {} equation{} of the kernel", name(id), count, count == 1 ? "" : "s");
    }

    LoopStep step(const LoopNest& text) const {
        const std::size_t count = text.equations();
        const Equation& equation = equation_of(text.result, count);
        const LevelId split_level = plan_.split && group_.loops.empty() ? LevelId(0) : LevelId();
        const bool tiled = text.form == LoopNest::Form::register_tile;
        if (!tiled && count > 1) user_error("only a register tile computes other equations with it");
        if (!text.stored && text.following.empty())
            user_error("it is not stored, and nothing is computed from its registers");
        const auto nest_of_text = [&](const Equation& of) {
            Nest nest = nest_of(graph_, of, surroundings(graph_, kernel_, of), runs_of(of, text));
            set_vector(nest, text);
            set_look_ups(graph_, nest, text);
            if (split_level == 0) check_split(nest);
            return nest;
        };
        Nest nest = text.operand >= 0 ? with_operand(text, equation, nest_of_text) : nest_of_text(equation);
        switch (text.form) {
            case LoopNest::Form::plain:
                return {1, plain_loops_of(std::move(nest), text, split_level)};
            case LoopNest::Form::transpose: {
                Transpose transpose = transpose_of(graph_, nest, text);
                return {1, TransposeLoops{std::move(nest), std::move(transpose)}};
            }
            case LoopNest::Form::register_tile:
                break;
        }
        TileLoops loops{contraction_of(std::move(nest), text, split_level), {}};
        follow_all(loops, text);
        return {count, std::move(loops)};
    }

    /// Threads split the outermost level of an only equation.
    void check_split(const Nest& nest) const {
        const IndexId row = nest.levels.empty() ? -1 : nest.levels[0].indices[0];
        const bool outermost = nest.left_levels > 0 && nest.equation->index_named(group_.split) == row;
        if (!outermost) user_error("threads split {}, which is not the outermost index in memory", group_.split);
        if (nest.pair == 0) user_error("threads split {}, which lies in the lanes of a vector", group_.split);
    }

    Nest with_operand(const LoopNest& text, const Equation& contraction,
                      const std::function<Nest(const Equation&)>& nest_of_text) const {
        const std::size_t count = text.equations();
        const Equation& operand = equation_of(text.operand, count);
        if (plan_.samples == 0 || !group_.loops.empty())
            user_error("{} is computed in registers first: only in a batch tile, without loops around", name(text.operand));
        std::vector<const Equation*> sums;
        for (ValueId sum : text.alongside) sums.push_back(&equation_of(sum, count));
        for (const EquationId id : uses_.readers(text.operand)) {
            const Equation& reader = graph_.equations[id];
            if (&reader != &contraction && std::ranges::find(sums, &reader) == sums.end())
                user_error("{} is not stored, but {} reads it", name(text.operand), name(reader.result));
        }
        if (uses_.leaves(text.operand))
            user_error("{} is not stored, but it leaves the program", name(text.operand));
        const OrReason<Nest> nest = with_prologue(graph_, operand, contraction, sums, plan_.samples, nest_of_text);
        if (!nest) user_error("{} is not computed in registers first: {}", name(text.operand), nest.error());
        return *nest;
    }

    /// The epilogue that the text says.
    void follow_all(TileLoops& loops, const LoopNest& text) const {
        const std::size_t count = text.equations();
        for (const Following& next : text.following) {
            const std::string why = follow(graph_, uses_, loops.tile, loops.epilogue, equation_of(next.result, count));
            if (!why.empty()) user_error("{} is not computed from its registers: {}", name(next.result), why);
        }
        set_windows(loops);
        const auto keep = [&](ValueId id, bool& needed, bool stored) {
            if (needed && !stored) user_error("{} is not stored, but others read it", name(id));
            needed = stored;
        };
        if (text.following.empty()) return;
        keep(text.result, loops.epilogue.keeps_sum, text.stored);
        for (std::size_t i = 0; i < text.following.size(); ++i)
            keep(text.following[i].result, loops.epilogue.steps[i].kept, text.following[i].stored);
    }

    /// What the tile holds a multiple of, for whoever looks for another one.
    static void set_windows(TileLoops& loops) {
        Nest& nest = loops.tile.nest;
        for (const EpilogueStep& step : loops.epilogue.steps) {
            if (!step.pools()) continue;
            nest.whole.assign(nest.levels.size(), 1);
            for (const LevelId level : step.inside.ids()) nest.whole[level] = step.window(level);
        }
    }

    void cost() {
        for (const Equation* equation : kernel_.equations) {
            IndexId row = -1;
            if (plan_.split && !group_.loops.empty()) row = equation->index_named(group_.loops[0]);
            if (plan_.split && group_.loops.empty()) row = equation->index_named(group_.split);
            plan_.cost += cost_per_row(*equation, row, graph_.typical_samples()) / points_left_out(*equation);
        }
    }

    /// Points for each one that is computed, where indices are looked up.
    double points_left_out(const Equation& equation) const {
        double points = 1;
        for (const LoopStep& step : plan_.steps) {
            if (step.nest().equation != &equation) continue;
            for (const LookedUp& one : step.nest().looked_up)
                points *= static_cast<double>(step.nest().levels[one.level].extent.at(graph_.typical_samples()));
        }
        return points;
    }

    const Graph& graph_;
    const Uses& uses_;
    const KernelSource& kernel_;
    const KernelGroup& group_;
    std::size_t first_ = 0;  // equation of the step
    KernelPlan plan_;
};

}  // namespace

Size points_of_row(const Nest& nest) {
    Size points{1, 0};
    const std::vector<IndexId>& run = nest.levels[0].indices;
    for (std::size_t i = 1; i < run.size(); ++i)
        points = *product(points, Size::of(extent_of(*nest.equation, run[i])));
    return points;
}

const Nest& LoopStep::nest() const {
    if (const auto* tile = std::get_if<TileLoops>(&loops)) return tile->tile.nest;
    if (const auto* transpose = std::get_if<TransposeLoops>(&loops)) return transpose->nest;
    return std::get<PlainLoops>(loops).nest;
}

namespace {

/// Calls `visit` with each value that the loops keep out of memory.
template <typename Visit>
void visit_held(const KernelGroup& kernel, const Visit& visit) {
    for (const LoopNest& nest : kernel.nests) {
        if (nest.operand >= 0) visit(nest.operand);
        if (!nest.stored) visit(nest.result);
        for (const Following& next : nest.following) {
            if (!next.stored) visit(next.result);
        }
    }
}

}  // namespace

IdVector<ValueId, bool> held_in_registers(const Graph& graph) {
    IdVector<ValueId, bool> held(graph.values.size(), false);
    for (const KernelGroup& kernel : graph.kernels)
        visit_held(kernel, [&](ValueId id) { held[id] = true; });
    return held;
}

std::vector<ValueId> held_in_registers(const KernelSource& kernel) {
    std::vector<ValueId> held;
    if (kernel.group != nullptr) visit_held(*kernel.group, [&](ValueId id) { held.push_back(id); });
    return held;
}

std::int64_t samples_of(const Graph& graph, const KernelSource& source) {
    const TileId tile = source.equations.empty() ? -1 : source.equations[0]->tile;
    return tile < 0 ? 0 : graph.tiles[tile].samples;
}

std::vector<KernelSource> kernels_of(const Graph& graph) {
    std::vector<KernelSource> kernels;
    KernelId current = -1;
    for (const Equation& equation : graph.equations) {
        if (equation.kernel < 0 || equation.kernel != current) {
            KernelSource source{graph.name + "." + graph.value(equation.result).name, {}};
            if (equation.kernel >= 0) {
                source.group = &graph.kernels[equation.kernel];
                source.name = graph.name + "." + source.group->name;
            }
            kernels.push_back(std::move(source));
        }
        current = equation.kernel;
        kernels.back().equations.push_back(&equation);
    }
    return kernels;
}

Surroundings surroundings(const Graph& graph, const KernelSource& kernel, const Equation& equation) {
    Surroundings around{{}, samples_of(graph, kernel)};
    if (kernel.group == nullptr) return around;
    for (const std::string& loop : kernel.group->loops) around.shared.push_back(equation.index_named(loop));
    return around;
}

std::optional<RowSplit> row_split(const Graph& graph, const KernelSource& kernel, const std::string& index,
                                  bool shared) {
    if (shared) {
        std::int64_t extent = 1;
        for (const Equation* equation : kernel.equations) {
            const IndexId row = equation->index_named(index);
            if (!numbers_rows(*equation, row) || extent_of(*equation, row) != rows_of(graph, *equation))
                return std::nullopt;
            extent = extent_of(*equation, row);
        }
        return RowSplit{.extent = extent, .axis = extent};
    }
    const Equation& equation = *kernel.equations[0];
    const IndexId row = equation.index_named(index);
    if (!numbers_rows(equation, row)) return std::nullopt;
    const std::int64_t extent = extent_of(equation, row);
    const std::int64_t axis = rows_of(graph, equation);
    // Rows that are dropped at the end would have no place of their own.
    if (extent != axis && (extent == kOpen || extent > axis)) return std::nullopt;
    return RowSplit{.extent = extent, .axis = axis};
}

KernelPlan plan_of(const Graph& graph, const Uses& uses, const KernelSource& kernel) {
    const Location& first = kernel.equations[0]->location;
    if (kernel.group == nullptr)
        throw RefusedLoops(fmt::format("{} is in no kernel", graph.value(kernel.equations[0]->result).name), first);
    try {
        return Planner(graph, uses, kernel).plan();
    } catch (const UserError& error) {
        const auto* loops = dynamic_cast<const RefusedLoops*>(&error);
        const bool known = loops != nullptr && loops->where.line > 0;
        throw RefusedLoops(fmt::format("kernel {}: {}", kernel.group->name, error.what()), known ? loops->where : first);
    }
}

KernelPlan plan_of(const Graph& graph, const KernelSource& kernel) {
    return plan_of(graph, Uses(graph), kernel);
}

}  // namespace ricci::ir
