// Pointwise equations and the order of indices.
#include "passes/build.h"

#include <algorithm>
#include <array>
#include <utility>

#include "ir/analysis/substitution.h"

namespace ricci::passes {

using namespace ir;

std::string_view index_name(Kind kind) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kNames = {{
        {"batch", "b"},
        {"channel", "c"},
        {"height", "y"},
        {"width", "x"},
        {"tap_h", "dy"},
        {"tap_w", "dx"},
        {"feature", "f"},
        {"class", "k"},
        {"time", "t"},
    }};
    auto found = std::ranges::find(kNames, kind.name(), &std::pair<std::string_view, std::string_view>::first);
    return found == kNames.end() ? "i" : found->second;
}

std::vector<Affine> bare_indices(int rank) {
    std::vector<Affine> left;
    for (IndexId i = 0; i < IndexId(rank); ++i) left.push_back(Affine::of(i));
    return left;
}

Equation pointwise(const Graph& graph, ValueId result, ValueId like) {
    const TensorType& type = graph.value(result).type;
    Equation equation;
    equation.result = result;
    equation.left = bare_indices(type.rank());
    const EquationId place = like < 0 ? EquationId() : graph.writer(like);
    const Equation* writer = place < 0 ? nullptr : &graph.equations[place];
    for (std::size_t axis = 0; axis < type.axes.size(); ++axis) {
        IndexId bare = writer == nullptr ? -1 : writer->left[axis].bare();
        const auto& [kind, extent] = type.axes[axis];
        std::string name(bare < 0 ? index_name(kind) : writer->indices[bare].name);
        add_index(equation, std::move(name), kind, extent);
    }
    return equation;
}

ExprRef read(const Graph& graph, ValueId value, std::vector<Affine> at) {
    return element({.tensor = value, .at = std::move(at), .pad = {}}, graph.value(value).type.dtype);
}

bool is_pointwise(const Equation& equation) {
    if (equation.reduce != Reduce::none || equation.left.size() != equation.indices.size()) return false;
    for (std::size_t axis = 0; axis < equation.left.size(); ++axis) {
        if (equation.left[axis].bare() != static_cast<IndexId>(axis)) return false;
    }
    return true;
}

void order_indices(Equation& equation) {
    std::vector<IndexId> order;
    auto append = [&](IndexId index) {
        if (std::ranges::find(order, index) == order.end()) order.push_back(index);
    };
    for (const Affine& at : equation.left) {
        if (at.bare() >= 0) append(at.bare());
    }
    const IndexId count = static_cast<IndexId>(equation.indices.size());
    for (IndexId i = 0; i < count; ++i) {
        if (std::ranges::any_of(equation.left, [&](const Affine& at) { return at.uses(i); })) append(i);
    }
    for (IndexId i = 0; i < count; ++i) append(i);

    select_indices(equation, order);
}

namespace {

/// Whether the equation asks for the index itself: bare on the left, or for its extent.
bool needs_index(const Equation& equation, IndexId index) {
    bool needs = std::ranges::any_of(equation.left, [&](const Affine& at) { return at.bare() == index; });
    walk(equation.body,
         [&](const Expr& node) { needs |= node.form == Expr::Form::extent && node.affine.bare() == index; });
    return needs;
}

}  // namespace

void drop_unit_indices(const Graph& graph, Equation& equation) {
    bool dropped = false;
    for (std::size_t i = equation.indices.size(); i-- > 0;) {
        if (equation.indices[i].extent != 1 || needs_index(equation, static_cast<IndexId>(i))) continue;
        std::vector<Affine> with;
        std::vector<Index> kept;
        for (std::size_t k = 0; k < equation.indices.size(); ++k) {
            with.push_back(k == i ? Affine{} : Affine::of(static_cast<IndexId>(kept.size())));
            if (k != i) kept.push_back(equation.indices[k]);
        }
        std::optional<Equation> without = substituted(graph, equation, std::move(kept), with);
        if (!without) continue;
        equation = std::move(*without);
        dropped = true;
    }
    if (dropped) order_indices(equation);
}

}  // namespace ricci::passes
