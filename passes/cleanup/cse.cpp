// Equations hashed by what they say; later ones read the first of their kind.
#include "passes/cleanup/cse.h"

#include <algorithm>
#include <unordered_map>

namespace ricci::passes {
namespace {

using namespace ir;

bool same_indices(const Equation& a, const Equation& b) {
    return std::ranges::equal(a.indices, b.indices, [](const Index& x, const Index& y) {
        return x.kind == y.kind && x.extent == y.extent;
    });
}

/// True when one schedule does for both.
bool may_run_alike(const Schedule& a, const Schedule& b) {
    return a == b || !a.decided() || !b.decided();
}

bool say_the_same(const Graph& graph, const Equation& a, const Equation& b) {
    return graph.value(a.result).type == graph.value(b.result).type && same_indices(a, b) && a.left == b.left &&
           a.clipped == b.clipped && a.reduce == b.reduce && may_run_alike(a.schedule, b.schedule) && a.tile == b.tile &&
           same(a.body, b.body);
}

}  // namespace

Graph cse(const Graph& graph, const Options&, Remarks& remarks) {
    Graph result = graph;
    result.equations.clear();
    IdVector<ValueId, ValueId> instead;
    for (ValueId id : graph.values.ids()) instead.push_back(id);
    auto renamed = [&](ValueId id) { return instead[id]; };

    std::unordered_multimap<std::size_t, std::size_t> by_hash;  // to places in result.equations
    for (Equation equation : graph.equations) {
        equation.body = rewrite(equation.body, [&](const ExprRef& node) -> ExprRef {
            if (node->form != Expr::Form::access || renamed(node->access.tensor) == node->access.tensor) return nullptr;
            Access access = node->access;
            access.tensor = renamed(access.tensor);
            return element(std::move(access), node->dtype);
        });
        std::size_t key = hash(equation.body);
        auto [first, last] = by_hash.equal_range(key);
        auto twin = std::find_if(first, last, [&](const auto& entry) {
            return say_the_same(graph, result.equations[entry.second], equation);
        });
        if (twin == last) {
            by_hash.emplace(key, result.equations.size());
            result.equations.push_back(std::move(equation));
            continue;
        }
        Equation& kept = result.equations[twin->second];
        if (kept.op.empty()) kept.op = equation.op;
        if (!kept.schedule.decided()) kept.schedule = equation.schedule;
        instead[equation.result] = kept.result;
        const std::string& name = graph.value(equation.result).name;
        remarks.push_back({"cse", fmt::format("{} is {}", name, graph.value(kept.result).name)});
    }
    for (Output& output : result.outputs) output.value = renamed(output.value);
    for (Update& update : result.updates) update.source = renamed(update.source);
    for (GradientRequest& request : result.gradients) request.of = renamed(request.of), request.by = renamed(request.by);
    if (result.training) {
        result.training->loss = renamed(result.training->loss);
        for (auto& [parameter, gradient] : result.training->gradients) gradient = renamed(gradient);
    }
    result.compact();
    return result;
}

}  // namespace ricci::passes
