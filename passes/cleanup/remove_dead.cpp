// Marks from the ends backwards, then drops what has no mark; kernels and tiles that become empty go too.
#include "passes/cleanup/remove_dead.h"

#include <algorithm>

#include "ir/core/uses.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// Drops the blocks that have no equation any more: kernels or tiles.
template <class Id, class Block>
void drop_empty(Graph& graph, IdVector<Id, Block>& blocks, Id Equation::*block) {
    IdVector<Id, Id> renumbered(blocks.size());
    IdVector<Id, Block> kept;
    for (Equation& equation : graph.equations) {
        if (equation.*block < 0) continue;
        Id& number = renumbered[equation.*block];
        if (number < 0) {
            number = kept.next();
            kept.push_back(blocks[equation.*block]);
        }
        equation.*block = number;
    }
    blocks = std::move(kept);
}

}  // namespace

Graph remove_dead(const Graph& graph, const Options&, Remarks& remarks) {
    IdVector<ValueId, bool> needed = leaving(graph);
    auto need = [&](ValueId id) { needed[id] = true; };
    for (const GradientRequest& request : graph.gradients) need(request.of), need(request.by);
    if (graph.training) {
        need(graph.training->loss);
        for (const auto& [parameter, gradient] : graph.training->gradients) need(gradient);
    }
    for (auto equation = graph.equations.rbegin(); equation != graph.equations.rend(); ++equation) {
        if (!needed[equation->result]) continue;
        for (const Access* access : accesses(equation->body)) need(access->tensor);
    }
    Graph result = graph;
    std::erase_if(result.equations, [&](const Equation& equation) {
        return !needed[equation.result];
    });
    if (std::size_t dropped = graph.equations.size() - result.equations.size(); dropped > 0) {
        remarks.push_back({"remove-dead", fmt::format("dropped {} of {} equations", dropped, graph.equations.size())});
    }
    drop_empty(result, result.kernels, &Equation::kernel);
    drop_empty(result, result.tiles, &Equation::tile);
    result.compact();
    return result;
}

}  // namespace ricci::passes
