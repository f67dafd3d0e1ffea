// Finds kernels whose outermost loop some equations keep on the left and others sum over, and cuts those sums.
#include "passes/fusion/cut_sums.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "passes/build.h"

namespace ricci::passes {
namespace {

using namespace ir;

constexpr double kLeastPoints = 65536;     // points of a kernel's equations: some 10 microseconds, for two threads to share
constexpr double kLeastPointsOfPart = 8;   // points that are added up in one: parts take a store and a load each
constexpr double kLeastRounds = 4;         // rounds of the outermost loop, an open batch counted as typical

double rounds_of(const Graph& graph, const Equation& equation, IndexId index) {
    const std::int64_t extent = equation.indices[index].extent;
    return static_cast<double>(extent == kOpen ? graph.typical_samples() : extent);
}

double points_of(const Graph& graph, const Equation& equation) {
    double points = 1;
    for (const IndexId index : equation.indices.ids()) points *= rounds_of(graph, equation, index);
    return points;
}

/// The first axis of its result, by the whole of it, and nothing else.
bool writes_rows(const Graph& graph, const Equation& equation, IndexId loop) {
    if (equation.left.empty() || equation.left[0].bare() != loop) return false;
    const bool again = std::any_of(equation.left.begin() + 1, equation.left.end(),
                                   [&](const Affine& at) { return at.uses(loop); });
    return !again && graph.value(equation.result).type.axes[0].extent == equation.indices[loop].extent;
}

/// A sum over the loop whose parts are again one of its kind: bare on the left, and few enough.
bool can_be_cut(const Graph& graph, const Equation& equation, IndexId loop) {
    const TensorType& type = graph.value(equation.result).type;
    if (equation.reduce == Reduce::none || equation.reduce == Reduce::argmax || equation.clipped) return false;
    if (type.dtype != f32 && type.dtype != f64) return false;
    double parts = rounds_of(graph, equation, loop);
    for (std::size_t axis = 0; axis < equation.left.size(); ++axis) {
        const IndexId index = equation.left[axis].bare();
        if (index < 0 || index == loop || type.axes[axis].extent == kOpen) return false;
        if (type.axes[axis].extent != equation.indices[index].extent) return false;
        parts *= static_cast<double>(type.axes[axis].extent);
    }
    return points_of(graph, equation) >= kLeastPointsOfPart * parts;
}

class Cutter {
  public:
    Cutter(const Graph& graph, Remarks& remarks) : graph_(graph), remarks_(remarks) {}

    Graph cut_all() {
        const IdVector<EquationId, Equation> all = std::move(graph_.equations);
        graph_.equations.clear();
        const IdVector<KernelId, KernelGroup> kernels = std::move(graph_.kernels);
        graph_.kernels.clear();
        for (EquationId first = 0; first < all.next();) {
            EquationId last = first;
            while (last < all.next() && all[last].kernel == all[first].kernel) ++last;
            kernel(kernels[all[first].kernel], {&all[first], static_cast<std::size_t>(last - first)});
            first = last;
        }
        return std::move(graph_);
    }

  private:
    void kernel(const KernelGroup& group, std::span<const Equation> equations) {
        const std::vector<bool> cut = sums_to_cut(group, equations);
        const KernelId own = graph_.kernels.next();
        graph_.kernels.push_back(group);
        std::vector<Equation> totals;
        for (std::size_t i = 0; i < equations.size(); ++i) {
            graph_.equations.push_back(equations[i]);
            graph_.equations.back().kernel = own;
            if (cut[i]) totals.push_back(cut_off(graph_.equations.back(), group.loops[0]));
        }
        for (Equation& total : totals) {
            const std::string& name = graph_.value(total.result).name;
            remarks_.push_back({"fuse", fmt::format("{}: {} is cut into a part for each round of {}, which threads share out",
                                                    group.name, name, group.loops[0])});
            total.kernel = graph_.kernels.next();
            graph_.kernels.push_back({.name = name, .loops = {}});
            graph_.equations.push_back(std::move(total));
        }
    }

    /// By equation. None where threads can share out a loop already, or where another equation is in the way.
    std::vector<bool> sums_to_cut(const KernelGroup& group, std::span<const Equation> equations) const {
        std::vector<bool> cut(equations.size(), false);
        if (equations.size() < 2 || group.loops.empty() || equations[0].tile >= 0) return cut;
        for (const std::string& loop : group.loops) {
            const bool rows = std::ranges::all_of(equations, [&](const Equation& equation) {
                return writes_rows(graph_, equation, equation.index_named(loop));
            });
            if (rows) return cut;
        }
        double points = 0;
        bool possible = true;
        for (std::size_t i = 0; i < equations.size(); ++i) {
            const IndexId loop = equations[i].index_named(group.loops[0]);
            possible = possible && rounds_of(graph_, equations[i], loop) >= kLeastRounds;
            points += points_of(graph_, equations[i]);
            if (writes_rows(graph_, equations[i], loop)) continue;
            cut[i] = can_be_cut(graph_, equations[i], loop);
            possible = possible && cut[i];
        }
        if (!possible || points < kLeastPoints) cut.assign(equations.size(), false);
        return cut;
    }

    /// Turns the sum into one for each round of the loop; returns the sum of those.
    Equation cut_off(Equation& equation, const std::string& loop_name) {
        const IndexId loop = equation.index_named(loop_name);
        Equation total;
        total.result = equation.result;
        total.reduce = equation.reduce;
        total.location = equation.location;
        TensorType type = graph_.value(equation.result).type;
        std::vector<Affine> at;
        const auto add = [&](IndexId of) {
            const Index& index = equation.indices[of];
            return Affine::of(add_index(total, index.name, index.kind, index.extent));
        };
        for (const Affine& place : equation.left) {
            total.left.push_back(add(place.bare()));
            at.push_back(total.left.back());
        }
        at.insert(at.begin(), add(loop));
        const Index& rounds = equation.indices[loop];
        type.axes.insert(type.axes.begin(), {rounds.kind, rounds.extent});
        equation.result = graph_.add({.name = graph_.value(total.result).name + ".parts",
                                      .type = std::move(type),
                                      .location = equation.location});
        total.body = read(graph_, equation.result, std::move(at));
        equation.left.insert(equation.left.begin(), Affine::of(loop));
        equation.op = {};
        order_indices(equation);
        return total;
    }

    Graph graph_;
    Remarks& remarks_;
};

}  // namespace

Graph cut_sums(const Graph& graph, Remarks& remarks) {
    return Cutter(graph, remarks).cut_all();
}

}  // namespace ricci::passes
