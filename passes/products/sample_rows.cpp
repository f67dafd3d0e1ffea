// One transposed copy, and the read that goes to it.
#include "passes/products/sample_rows.h"

#include <algorithm>

#include "passes/build.h"

namespace ricci::passes {

using namespace ir;

void RowCopies::add(const Equation& equation) {
    const Copy copy = equation.schedule.copy;
    if (copy != Copy::rows && copy != Copy::enter) return;
    const ValueId read = accesses(equation.body)[0]->tensor;
    if (copy == Copy::rows) rows_.try_emplace(read, equation.result);
    if (copy == Copy::enter) entered_.try_emplace(equation.result, read);
}

ValueId RowCopies::rows_of(const Graph& graph, ValueId columns, const std::vector<Axis>& axes) const {
    const auto entered = entered_.find(columns);
    if (entered != entered_.end() && graph.value(entered->second).type.axes == axes) return entered->second;
    const auto rows = rows_.find(columns);
    return rows == rows_.end() ? ValueId() : rows->second;
}

std::optional<Equation> turn_samples_into_rows(Graph& graph, Equation& equation, const GemmForm& form,
                                               const RowCopies& copies) {
    const Access columns = *accesses(equation.body)[form.b_operand];
    const TensorType type = graph.value(form.b).type;
    const bool plain = std::ranges::all_of(columns.at, [](const Affine& at) { return at.bare() >= 0; });
    const bool local = type.axes.back().extent == kOpen && type.rank() >= 2;
    if (!plain || !local || columns.pad || form.rows.per_batch != 0 || form.rows.fixed < kRowsPay) return std::nullopt;

    TensorType turned = type;
    std::ranges::rotate(turned.axes, turned.axes.end() - 1);
    ValueId rows = copies.rows_of(graph, form.b, turned.axes);
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
