// One transposed copy, and the read that goes to it.
#include "passes/products/sample_rows.h"

#include <algorithm>

#include "passes/build.h"

namespace ricci::passes {

using namespace ir;

namespace {

/// The value that has the rows already: an earlier copy, or what the columns are a copy of; -1 for none.
ValueId existing_rows(const Graph& graph, ValueId columns, const std::vector<Axis>& axes) {
    for (const Equation& equation : graph.equations) {
        const Copy copy = equation.schedule.copy;
        if (copy != Copy::rows && copy != Copy::enter) continue;
        const ValueId read = accesses(equation.body)[0]->tensor;
        if (copy == Copy::rows && read == columns) return equation.result;
        if (copy == Copy::enter && equation.result == columns && graph.value(read).type.axes == axes)
            return read;
    }
    return -1;
}

}  // namespace

std::optional<Equation> turn_samples_into_rows(Graph& graph, Equation& equation, const GemmForm& form) {
    const Access columns = *accesses(equation.body)[static_cast<std::size_t>(form.b_operand)];
    const TensorType type = graph.value(form.b).type;
    const bool plain = std::ranges::all_of(columns.at, [](const Affine& at) { return at.bare() >= 0; });
    const bool local = type.axes.back().extent == kOpen && type.rank() >= 2;
    if (!plain || !local || columns.pad || form.rows.per_batch != 0 || form.rows.fixed < kRowsPay) return std::nullopt;

    TensorType turned = type;
    std::ranges::rotate(turned.axes, turned.axes.end() - 1);
    ValueId rows = existing_rows(graph, form.b, turned.axes);
    std::optional<Equation> copy;
    if (rows < 0) {
        Value value{.name = graph.value(form.b).name + ".rows", .type = std::move(turned)};
        value.location = equation.location;
        rows = graph.add(std::move(value));
        copy = pointwise(graph, rows);
        std::vector<Affine> from = copy->left;
        std::ranges::rotate(from, from.begin() + 1);
        copy->body = read(graph, form.b, std::move(from));
        copy->schedule = Schedule::of(Copy::rows);
        copy->tile = equation.tile;
        copy->location = equation.location;
    }
    std::vector<Affine> at = columns.at;
    std::ranges::rotate(at, at.end() - 1);
    equation.body = rewrite(equation.body, [&](const ExprRef& node) -> ExprRef {
        if (node->form != Expr::Form::access || !(node->access == columns)) return nullptr;
        return read(graph, rows, at);
    });
    return copy;
}

}  // namespace ricci::passes
