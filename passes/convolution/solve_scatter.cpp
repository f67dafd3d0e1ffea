// Scatters whose positions have coefficient 1 become padded gathers.
#include "passes/convolution/solve_scatter.h"

#include <algorithm>

#include "ir/analysis/convolution_form.h"
#include "ir/analysis/coverage.h"
#include "ir/analysis/substitution.h"
#include "ir/base/places.h"
#include "passes/build.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// True for a product of accesses and constants that is 0 where one of the accesses is: it reads 0 outside of them.
bool is_zero_outside(const ExprRef& body) {
    const std::vector<const Access*> reads = accesses(body);
    const auto is_zero = [](const Access* read) { return read->pad.value_or(0).real() == 0; };
    return is_product(body) && !reads.empty() && std::ranges::all_of(reads, is_zero);
}

std::size_t uses_of(const std::vector<Affine>& at, IndexId index) {
    return count_where(at, [&](const Affine& a) { return a.uses(index); });
}

/// The index of that axis of the left that can be solved for. It is of the axis's kind (no tap), has coefficient 1, and
/// stands in no other axis. It is guarded by a read, which has it bare on an axis of its own extent. The longest one,
/// so that the short ones stay to be summed.
IndexId position(const Graph& graph, const Equation& equation, const Affine& at, Kind kind) {
    IndexId best = -1;
    for (const Affine::Term& term : at.terms) {
        const Index& index = equation.indices[term.index];
        if (index.kind != kind || term.coefficient != 1 || uses_of(equation.left, term.index) != 1) continue;
        bool guarded = false;
        for (const Access* access : accesses(equation.body)) {
            const TensorType& type = graph.value(access->tensor).type;
            for (std::size_t axis = 0; axis < access->at.size(); ++axis) {
                guarded |= access->at[axis].bare() == term.index && type.axes[axis].extent == index.extent;
            }
        }
        if (!guarded) continue;
        if (best < 0 || index.extent > equation.indices[best].extent) best = term.index;
    }
    return best;
}

/// True for a tuple such as (group, channel) that stays on its axis: no window moves along it.
bool is_tuple_inside(const Equation& equation, const Affine& at, const Axis& axis) {
    bool taps = std::ranges::any_of(at.terms, [&](const Affine::Term& term) {
        return equation.indices[term.index].kind.position().has_value();
    });
    if (taps || at.terms.size() < 2 || axis.extent == kOpen) return false;
    auto [low, high] = range(at, equation.extents());
    return low >= 0 && high < axis.extent;
}

/// The gather, or nothing when the equation cannot be solved for every affine axis.
std::optional<Equation> solved(const Graph& graph, const Equation& equation) {
    const TensorType& type = graph.value(equation.result).type;
    IdVector<IndexId, Index> indices = equation.indices;
    IdVector<IndexId, Affine> with;
    for (IndexId i : equation.indices.ids()) with.push_back(Affine::of(i));
    IdVector<IndexId, bool> moves(with.size(), false);  // may now lie outside of what it ran over
    for (std::size_t axis = 0; axis < equation.left.size(); ++axis) {
        const Affine& at = equation.left[axis];
        if (at.bare() >= 0 && uses_of(equation.left, at.bare()) == 1 && !equation.clipped) continue;
        if (is_tuple_inside(equation, at, type.axes[axis])) continue;
        IndexId p = position(graph, equation, at, type.axes[axis].kind);
        if (p < 0) return std::nullopt;
        moves[p] = true;
        // at = p + rest: element e of the axis comes from p = e - rest.
        with[p] = Affine::of(p) - (at - Affine::of(p));
        Index& index = indices[p];
        index.kind = type.axes[axis].kind;
        index.extent = type.axes[axis].extent;
    }
    std::optional<Equation> gather = substituted(graph, equation, std::move(indices), with);
    if (!gather) return std::nullopt;
    gather->clipped = false;
    gather->body = rewrite(gather->body, [&](const ExprRef& node) -> ExprRef {
        if (node->form != Expr::Form::access) return nullptr;
        auto moved = [&](const Affine& at) {
            return std::ranges::any_of(
                at.terms, [&](const Affine::Term& term) { return moves[term.index]; });
        };
        if (std::ranges::none_of(node->access.at, moved)) return nullptr;
        Access padded = node->access;
        padded.pad = 0;
        return element(std::move(padded), node->dtype);
    });
    order_indices(*gather);
    return gather;
}

}  // namespace

Graph solve_scatter(const Graph& graph, const Options&, Remarks& remarks) {
    Graph result = graph;
    for (Equation& equation : result.equations) {
        const std::string& name = graph.value(equation.result).name;
        if (equation.reduce != Reduce::sum || covers_once(equation, graph.value(equation.result).type)) continue;
        if (equation.schedule.how == How::library) continue;  // one call, which has its own way
        std::optional<Equation> gather = is_zero_outside(equation.body) ? solved(graph, equation) : std::nullopt;
        if (gather) {
            equation = std::move(*gather);
            remarks.push_back({"solve-scatter", name + ": gathered"});
        } else {
            remarks.push_back({"solve-scatter",
                               name + ": stays a scatter, for its positions do not move by one, or kinds would mix"});
        }
    }
    return result;
}

}  // namespace ricci::passes
