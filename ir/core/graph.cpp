// Queries on graphs and the renumbering of their values.
#include "ir/core/graph.h"

#include <algorithm>
#include <array>

namespace ricci::ir {
namespace {

constexpr std::array<std::string_view, 6> kStages = {"model", "step", "lowered", "kernels", "loops", "planned"};
constexpr std::array<std::string_view, 4> kRoles = {"input", "parameter", "state", "temporary"};
constexpr std::array<std::string_view, 5> kScopes = {"", "per sample", "per pair", "per thread", "per chunk"};

}  // namespace

ValueId Graph::add(Value value) {
    std::string unique = value.name;
    for (int i = 2; find(unique) >= 0; ++i) unique = fmt::format("{}.{}", value.name, i);
    value.name = std::move(unique);
    values.push_back(std::move(value));
    return static_cast<ValueId>(values.size()) - 1;
}

ValueId Graph::find(std::string_view wanted) const {
    auto found = std::ranges::find(values, wanted, &Value::name);
    return found == values.end() ? -1 : static_cast<ValueId>(found - values.begin());
}

std::vector<int> Graph::producers() const {
    std::vector<int> producers(values.size(), -1);
    for (std::size_t i = 0; i < equations.size(); ++i) {
        producers[static_cast<std::size_t>(equations[i].result)] = static_cast<int>(i);
    }
    return producers;
}

std::vector<std::vector<int>> Graph::readers() const {
    std::vector<std::vector<int>> readers(values.size());
    for (std::size_t i = 0; i < equations.size(); ++i) {
        for (const Access* access : accesses(equations[i].body)) {
            std::vector<int>& of = readers[static_cast<std::size_t>(access->tensor)];
            if (of.empty() || of.back() != static_cast<int>(i)) of.push_back(static_cast<int>(i));
        }
    }
    return readers;
}

void Graph::compact() {
    std::vector<bool> keep(values.size(), false);
    auto mark = [&](ValueId id) {
        if (id >= 0) keep[static_cast<std::size_t>(id)] = true;
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

    std::vector<ValueId> renumbered(values.size(), -1);
    std::vector<Value> kept;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!keep[i]) continue;
        renumbered[i] = static_cast<ValueId>(kept.size());
        kept.push_back(std::move(values[i]));
    }
    values = std::move(kept);
    auto renumber = [&](ValueId& id) {
        if (id >= 0) id = renumbered[static_cast<std::size_t>(id)];
    };
    for (Value& v : values) {
        if (v.placement) renumber(v.placement->shares);
    }
    for (Equation& equation : equations) {
        renumber(equation.result);
        equation.body = rewrite(equation.body, [&](const ExprRef& node) -> ExprRef {
            if (node->form != Expr::Form::access) return nullptr;
            Access access = node->access;
            renumber(access.tensor);
            return element(std::move(access), node->dtype);
        });
    }
    for (Output& output : outputs) renumber(output.value);
    for (Update& update : updates) renumber(update.source), renumber(update.target);
    for (GradientRequest& request : gradients) renumber(request.of), renumber(request.by);
    if (training) {
        renumber(training->loss);
        for (auto& [parameter, gradient] : training->gradients) renumber(parameter), renumber(gradient);
    }
    for (KernelGroup& kernel : kernels) {
        for (LoopNest& nest : kernel.nests) {
            renumber(nest.result), renumber(nest.operand);
            for (ValueId& sum : nest.alongside) renumber(sum);
            for (Following& next : nest.following) renumber(next.result);
        }
    }
}

std::string_view name_of(Stage stage) { return kStages[static_cast<std::size_t>(stage)]; }

std::optional<Stage> stage_named(std::string_view name) {
    auto found = std::ranges::find(kStages, name);
    if (found == kStages.end()) return std::nullopt;
    return static_cast<Stage>(found - kStages.begin());
}

std::string_view name_of(Role role) { return kRoles[static_cast<std::size_t>(role)]; }

std::string_view name_of(Placement::Scope scope) { return kScopes[static_cast<std::size_t>(scope)]; }

}  // namespace ricci::ir
