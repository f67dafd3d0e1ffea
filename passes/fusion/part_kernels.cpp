// Predicts each kernel with its shared loops and without them.
#include "passes/fusion/part_kernels.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "passes/cost/program_cost.h"
#include "passes/products/product_cost.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// Of the time of a kernel: predictions that differ by less tell nothing.
constexpr double kWorthParting = 0.8;

/// The loops of a kernel of this equation alone: the batch, where its left has it.
std::vector<std::string> own_loops(const Equation& equation) {
    std::vector<std::string> loops;
    for (const IndexId i : equation.indices.ids()) {
        const bool on_left = std::ranges::any_of(equation.left, [&](const Affine& at) { return at.uses(i); });
        const bool innermost = on_left && equation.left.back().uses(i);
        if (on_left && !innermost && equation.indices[i].kind == kinds::batch()) loops.push_back(equation.indices[i].name);
    }
    return loops;
}

/// Places in Graph::equations of the equations of one kernel.
struct Run {
    std::size_t first, last;
};

std::vector<Run> runs(const Graph& graph) {
    std::vector<Run> found;
    for (std::size_t place = 0; place < graph.equations.size(); ++place) {
        const bool same = place > 0 && graph.equations[place].kernel == graph.equations[place - 1].kernel;
        if (same) {
            ++found.back().last;
        } else {
            found.push_back({place, place + 1});
        }
    }
    return found;
}

/// The graph with a kernel for each equation of the runs that are marked.
Graph parted(const Graph& graph, const std::vector<Run>& runs, const std::vector<bool>& marked) {
    Graph result = graph;
    result.kernels.clear();
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const KernelGroup& whole = graph.kernels[graph.equations[runs[i].first].kernel];
        if (!marked[i]) result.kernels.push_back(whole);
        for (std::size_t place = runs[i].first; place < runs[i].last; ++place) {
            Equation& equation = result.equations[place];
            if (marked[i])
                result.kernels.push_back({.name = graph.value(equation.result).name, .loops = own_loops(equation)});
            equation.kernel = result.kernels.next() - 1;
        }
    }
    return result;
}

}  // namespace

Graph part_kernels(const Graph& graph, const Machine& machine, Remarks& remarks) {
    const std::vector<Run> all = runs(graph);
    std::vector<bool> marked(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Equation& equation = graph.equations[all[i].first];
        const std::vector<std::string>& loops = graph.kernels[equation.kernel].loops;
        marked[i] = all[i].last - all[i].first > 1 && equation.tile < 0 && !loops.empty();
    }
    const std::vector<KernelSeconds> together = kernel_seconds(graph, graph.typical_samples(), machine);
    const std::vector<KernelSeconds> apart = kernel_seconds(parted(graph, all, marked), graph.typical_samples(), machine);
    std::size_t next = 0;  // in `apart`
    for (std::size_t i = 0; i < all.size(); ++i) {
        double seconds = 0;
        const std::size_t count = marked[i] ? all[i].last - all[i].first : 1;
        for (std::size_t n = 0; n < count; ++n) seconds += apart[next++].seconds;
        marked[i] = marked[i] && seconds <= kWorthParting * together[i].seconds;
        if (!marked[i]) continue;
        remarks.push_back({"fuse", fmt::format("{}: {} kernels are predicted to take {}, and one {}, for its shared loops "
                                               "leave lanes empty",
                                               together[i].kernel, count, time_text(seconds),
                                               time_text(together[i].seconds))});
    }
    return parted(graph, all, marked);
}

}  // namespace ricci::passes
