// Splits the indices of equations around a pool along its windows.
#include "passes/fusion/fuse_pool.h"

#include <algorithm>

#include "ir/analysis/substitution.h"
#include "ir/analysis/windows.h"
#include "ir/core/tile.h"
#include "passes/build.h"
#include "passes/fusion/inline_pointwise.h"

namespace ricci::passes {
namespace {

using namespace ir;

using Producers = IdVector<ValueId, EquationId>;
using Readers = IdVector<ValueId, std::vector<EquationId>>;

bool is_pool(OpTag op) {
    return op == "avg_pool2d" || op == "max_pool2d";
}
bool is_pool_gradient(OpTag op) {
    return op == "avg_pool2d.gradient" || op == "max_pool2d.gradient";
}

/// How an index is cut: index = window.extent * outer + window.
struct Cut {
    Index outer;
    Index window;
};

/// Replaces index `which` by window.extent * outer + window, both in its place. \returns false, with nothing done, when
/// what it stands on has no place for a window.
bool split_index(const Graph& graph, Equation& equation, IndexId which, const Cut& cut) {
    Equation longer = equation;
    std::string outer_name = fmt::format("p{}", equation.indices[which].name);
    add_index(longer, outer_name, cut.outer.kind, cut.outer.extent);
    add_index(longer, cut.window.name, cut.window.kind, cut.window.extent);
    IdVector<IndexId, Index> indices = std::move(longer.indices);
    const auto first = indices.begin() + (which - IndexId(0));
    std::rotate(first + 1, indices.end() - 2, indices.end());
    indices.erase(first);
    IdVector<IndexId, Affine> with;
    for (IndexId i = 0; i + 1 < indices.next(); ++i) with.push_back(Affine::of(i < which ? i : i + 1));
    with[which] = cut.window.extent * Affine::of(which) + Affine::of(which + 1);
    std::optional<Equation> split = substituted(graph, equation, std::move(indices), with);
    if (!split) return false;
    equation = std::move(*split);
    order_indices(equation);
    return true;
}

/// The cut that the affine expression stands for, when it is extent(window) * outer + window and fills the axis.
std::optional<Cut> cut_of(const Equation& equation, const Affine& at, std::int64_t axis_extent) {
    if (at.terms.size() != 2 || at.offset != 0) return std::nullopt;
    Affine::Term outer = at.terms[0];
    Affine::Term window = at.terms[1];
    if (outer.coefficient == 1) std::swap(outer, window);
    Cut cut{equation.indices[outer.index], equation.indices[window.index]};
    bool fills = window.coefficient == 1 && outer.coefficient == cut.window.extent &&
                 cut.outer.extent * cut.window.extent == axis_extent;
    return fills ? std::optional(cut) : std::nullopt;
}

bool takes_each_point_once(const Graph& graph, const Equation& equation) {
    return (equation.reduce == Reduce::none || equation.reduce == Reduce::sum) && !equation.clipped &&
           equation.reduced().empty() &&
           is_bijection(equation.left, equation.indices, graph.value(equation.result).type.extents());
}

/// The index that every read of `value` in the equation has bare on that axis, running over all of it; or -1.
IndexId bare_index_at(const Graph& graph, const Equation& equation, ValueId value, std::size_t axis) {
    const std::int64_t extent = graph.value(value).type.axes[axis].extent;
    IndexId index = -1;
    for (const Access* access : accesses(equation.body)) {
        if (access->tensor != value) continue;
        IndexId bare = access->pad ? -1 : access->at[axis].bare();
        if (bare < 0 || (index >= 0 && bare != index)) return -1;
        if (equation.indices[bare].extent != extent) return -1;
        index = bare;
    }
    return index;
}

/// extent() of an index that is cut would have no index to name.
bool asks_extent(const Equation& equation, IndexId index) {
    bool asks = false;
    walk(equation.body,
         [&](const Expr& node) { asks |= node.form == Expr::Form::extent && node.affine.bare() == index; });
    return asks;
}

/// Bytes of one step of the axis outside the height axis: a plane, of all samples of a batch tile. 0 when the batch is
/// inside of it.
std::int64_t plane_bytes(const StoredTypes& types, ValueId value, std::size_t height_axis) {
    const TensorType type = types.type(value);
    std::int64_t elements = 1;
    for (std::size_t axis = height_axis; axis < type.axes.size(); ++axis) {
        if (type.axes[axis].extent == kOpen) return 0;
        elements *= type.axes[axis].extent;
    }
    return elements * static_cast<std::int64_t>(size_of(type.dtype));
}

/// Cuts the rows that sums over a large banded value run over, so that they can join band by band: a bias gradient.
void split_sums(Graph& graph, const Equation& writer, const StoredTypes& types, const Readers& readers,
                const Machine& machine) {
    const Value& value = graph.value(writer.result);
    std::optional<std::size_t> height = value.type.axis_of(kinds::height());
    if (!height) return;
    const std::size_t axis = *height;
    if (plane_bytes(types, writer.result, axis) <= machine.most_plane_bytes) return;
    std::optional<Cut> cut = cut_of(writer, writer.left[axis], value.type.axes[axis].extent);
    if (!cut) return;
    for (const EquationId place : readers[writer.result]) {
        Equation& sum = graph.equations[place];
        if (stands_alone(sum) || sum.reduce != Reduce::sum) continue;
        IndexId index = bare_index_at(graph, sum, writer.result, axis);
        if (index >= 0 && !asks_extent(sum, index)) split_index(graph, sum, index, *cut);
    }
}

/// Cuts the indices of each pointwise reader of a pool's gradient as the gradient's own left is cut.
void split_gradient_readers(Graph& graph, EquationId at, const StoredTypes& types, const Readers& readers,
                            const Machine& machine, Remarks& remarks) {
    Equation& gradient = graph.equations[at];
    const Value& value = graph.value(gradient.result);
    if (!takes_each_point_once(graph, gradient)) {
        remarks.push_back(
            {"fuse-pool",
             fmt::format("{}: windows overlap or leave elements out, so it stays a sum of its own", value.name)});
        return;
    }
    gradient.reduce = Reduce::none;
    for (const EquationId place : readers[gradient.result]) {
        Equation& reader = graph.equations[place];
        if (stands_alone(reader) || !is_pointwise(reader)) continue;
        for (std::size_t axis = gradient.left.size();
             axis-- > 0;) {  // backwards: indices stay in the order of the axes
            std::optional<Cut> cut = cut_of(gradient, gradient.left[axis], value.type.axes[axis].extent);
            IndexId index = cut ? bare_index_at(graph, reader, gradient.result, axis) : -1;
            if (index < 0 || asks_extent(reader, index)) continue;
            split_index(graph, reader, index, *cut);
        }
        remarks.push_back(
            {"fuse-pool", fmt::format("{}: runs over the windows of {}", graph.value(reader.result).name, value.name)});
        split_sums(graph, reader, types, readers, machine);
    }
}

/// True when the equation computes each element from one of a contraction of its tile, perhaps through others that do.
bool follows_contraction(const Graph& graph, const Producers& producers, const Equation& equation) {
    if (is_tiled_contraction(equation)) return true;
    if (equation.tile < 0 || !is_pointwise(equation)) return false;
    return std::ranges::any_of(accesses(equation.body), [&](const Access* access) {
        const EquationId place = producers[access->tensor];
        return access->at == equation.left && place >= 0 &&
               follows_contraction(graph, producers, graph.equations[place]);
    });
}

/// Writes what a pool reads in bands of window rows, when its planes are large.
void split_rows(Graph& graph, const Equation& pool, const StoredTypes& types, const Producers& producers,
                const Machine& machine, Remarks& remarks) {
    for (const Access* access : accesses(pool.body)) {
        const Value& value = graph.value(access->tensor);
        const EquationId place = producers[access->tensor];
        std::optional<std::size_t> height = value.type.axis_of(kinds::height());
        if (place < 0 || !height) continue;
        Equation& producer = graph.equations[place];
        if (follows_contraction(graph, producers, producer)) {  // computed from registers, not from memory
            if (!windows_of(graph, producer, pool)) {
                remarks.push_back(
                    {"fuse-pool",
                     fmt::format("{}: its windows overlap or leave elements of {} out, so it reads them from "
                                 "memory",
                                 graph.value(pool.result).name, value.name)});
            }
            continue;
        }
        const std::size_t axis = *height;
        std::int64_t bytes = plane_bytes(types, access->tensor, axis);
        if (stands_alone(producer) || !is_pointwise(producer) || bytes <= machine.most_plane_bytes) continue;
        std::optional<Cut> cut = cut_of(pool, access->at[axis], value.type.axes[axis].extent);
        if (access->pad || !cut) {
            remarks.push_back({"fuse-pool", fmt::format("{}: its windows do not cut the rows of {} into bands",
                                                        graph.value(pool.result).name, value.name)});
            continue;
        }
        IndexId index = producer.left[axis].bare();
        if (asks_extent(producer, index)) continue;
        split_index(graph, producer, index, *cut);
        remarks.push_back({"fuse-pool", fmt::format("{}: written in bands of {} rows, for a plane takes {} bytes",
                                                    value.name, cut->window.extent, bytes)});
    }
}

}  // namespace

Graph fuse_pool(const Graph& graph, const Options& options, Remarks& remarks) {
    Graph result = graph;
    if (!options.fuse) return result;
    const Producers producers = graph.producers();
    const Readers readers = graph.readers();
    const StoredTypes types(graph);
    for (const EquationId id : result.equations.ids()) {
        const Equation& equation = result.equations[id];
        if (is_pool_gradient(equation.op)) {
            split_gradient_readers(result, id, types, readers, options.machine, remarks);
        } else if (is_pool(equation.op)) {
            split_rows(result, equation, types, producers, options.machine, remarks);
        }
    }
    return result;
}

}  // namespace ricci::passes
