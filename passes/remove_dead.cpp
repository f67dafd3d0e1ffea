// Marks from the ends backwards, then drops what has no mark; kernels that become empty go too.
#include "passes/remove_dead.h"

#include <algorithm>

namespace ricci::passes {
namespace {

using namespace ir;

void drop_empty_kernels(Graph& graph) {
    std::vector<int> renumbered(graph.kernels.size(), -1);
    std::vector<KernelGroup> kept;
    for (Equation& equation : graph.equations) {
        if (equation.kernel < 0) continue;
        int& number = renumbered[static_cast<std::size_t>(equation.kernel)];
        if (number < 0) {
            number = static_cast<int>(kept.size());
            kept.push_back(graph.kernels[static_cast<std::size_t>(equation.kernel)]);
        }
        equation.kernel = number;
    }
    graph.kernels = std::move(kept);
}

}  // namespace

Graph remove_dead(const Graph& graph, const Options&, Remarks& remarks) {
    std::vector<bool> needed(graph.values.size(), false);
    auto need = [&](ValueId id) { needed[static_cast<std::size_t>(id)] = true; };
    for (const Output& output : graph.outputs) need(output.value);
    for (const Update& update : graph.updates) need(update.source);
    for (const GradientRequest& request : graph.gradients) need(request.of), need(request.by);
    if (graph.training) need(graph.training->loss);
    for (auto equation = graph.equations.rbegin(); equation != graph.equations.rend(); ++equation) {
        if (!needed[static_cast<std::size_t>(equation->result)]) continue;
        for (const Access* access : accesses(equation->body)) need(access->tensor);
    }
    Graph result = graph;
    std::erase_if(result.equations, [&](const Equation& equation) {
        return !needed[static_cast<std::size_t>(equation.result)];
    });
    if (std::size_t dropped = graph.equations.size() - result.equations.size(); dropped > 0) {
        remarks.push_back({"remove-dead", fmt::format("dropped {} of {} equations", dropped, graph.equations.size())});
    }
    drop_empty_kernels(result);
    result.compact();
    return result;
}

}  // namespace ricci::passes
