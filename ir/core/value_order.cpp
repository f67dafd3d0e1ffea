// Goes through everything that mentions a value: places, equations, what leaves, what trains, loops.
#include "ir/core/value_order.h"

#include <utility>

namespace ricci::ir {

void renumber(Graph& graph, const IdVector<ValueId, ValueId>& to) {
    const auto renumber = [&](ValueId& id) {
        if (id >= 0) id = to[id];
    };
    for (Value& v : graph.values) {
        if (v.placement) renumber(v.placement->shares);
    }
    for (Equation& equation : graph.equations) {
        renumber(equation.result);
        equation.body = rewrite(equation.body, [&](const ExprRef& node) -> ExprRef {
            if (node->form != Expr::Form::access) return nullptr;
            Access access = node->access;
            renumber(access.tensor);
            return element(std::move(access), node->dtype);
        });
    }
    for (Output& output : graph.outputs) renumber(output.value);
    for (Update& update : graph.updates) renumber(update.source), renumber(update.target);
    for (GradientRequest& request : graph.gradients) renumber(request.of), renumber(request.by);
    if (graph.training) {
        renumber(graph.training->loss);
        for (auto& [parameter, gradient] : graph.training->gradients) renumber(parameter), renumber(gradient);
    }
    for (KernelGroup& kernel : graph.kernels) {
        for (LoopNest& nest : kernel.nests) {
            renumber(nest.result), renumber(nest.operand);
            for (ValueId& sum : nest.alongside) renumber(sum);
            for (Following& next : nest.following) renumber(next.result);
        }
    }
}

// It stands here since it renumbers: graph.cpp calls nothing of this file.
void Graph::compact() {
    index.forget();
    IdVector<ValueId, bool> keep(values.size(), false);
    auto mark = [&](ValueId id) {
        if (id >= 0) keep[id] = true;
    };
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i].role != Role::temporary) keep[i] = true;
        if (values[i].placement) mark(values[i].placement->shares);
    }
    for (const Equation& equation : equations) {
        mark(equation.result);
        for (const Access* access : accesses(equation.body)) mark(access->tensor);
    }
    for (const Output& output : outputs) mark(output.value);
    for (const Update& update : updates) mark(update.source), mark(update.target);
    for (const GradientRequest& request : gradients) mark(request.of), mark(request.by);
    if (training) {
        mark(training->loss);
        for (const auto& [parameter, gradient] : training->gradients) mark(parameter), mark(gradient);
    }

    IdVector<ValueId, ValueId> renumbered(values.size());
    std::vector<Value> kept;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!keep[i]) continue;
        renumbered[i] = static_cast<ValueId>(kept.size());
        kept.push_back(std::move(values[i]));
    }
    values = std::move(kept);
    renumber(*this, renumbered);
}

bool put_in_order(Graph& graph, const std::vector<std::string>& names) {
    if (names.size() != graph.values.size()) return false;
    IdVector<ValueId, ValueId> renumbered(names.size());
    std::vector<ValueId> order;
    for (const std::string& name : names) {
        const ValueId id = graph.find(name);
        if (id < 0 || renumbered[id] >= 0) return false;
        renumbered[id] = static_cast<ValueId>(order.size());
        order.push_back(id);
    }
    graph.index.forget();
    IdVector<ValueId, Value> ordered;
    for (const ValueId id : order) ordered.push_back(std::move(graph.values[id]));
    graph.values = std::move(ordered);
    renumber(graph, renumbered);
    return true;
}

}  // namespace ricci::ir
