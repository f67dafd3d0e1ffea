// Loop planning: merging indices whose addresses run on, and choosing the vector index by a cost estimate.
#include "passes/loops/nest.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ir/analysis/coverage.h"
#include "passes/loops/nest_parts.h"

namespace ricci::codegen {
namespace {

using ir::Affine;
using ir::Equation;
using ir::ExprRef;
using ir::IndexId;
using ir::Size;

/// Everything the planner needs while loops are still one index each.
struct Draft {
    std::vector<Level> shared, left, reduced;
};

/// True when `inner` runs on where one step of `outer` ends, in every address.
bool runs_on(const Level& outer, const Level& inner, const std::vector<ir::Address>& addresses) {
    IndexId last = outer.indices.back();
    IndexId innermost = inner.indices.back();
    return std::ranges::all_of(addresses, [&](const ir::Address& a) {
        // The inner level is already one run: its address steps by that of its innermost index.
        Size step = a.strides[static_cast<std::size_t>(innermost)];
        std::optional<Size> run = ir::product(inner.extent, step);
        return run && *run == a.strides[static_cast<std::size_t>(last)];
    });
}

void merge(std::vector<Level>& levels, const std::vector<ir::Address>& addresses, const std::vector<bool>& watched) {
    for (std::size_t i = levels.size(); i-- > 1;) {
        Level& outer = levels[i - 1];
        Level& inner = levels[i];
        auto free = [&](const Level& level) {
            return std::ranges::none_of(level.indices,
                                        [&](IndexId id) { return watched[static_cast<std::size_t>(id)]; });
        };
        std::optional<Size> extent = ir::product(outer.extent, inner.extent);
        if (!extent || !free(outer) || !free(inner) || !runs_on(outer, inner, addresses)) continue;
        outer.extent = *extent;
        outer.indices.insert(outer.indices.end(), inner.indices.begin(), inner.indices.end());
        levels.erase(levels.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

double typical(Size size) {
    return static_cast<double>(size.at(ir::kTypicalBatchSamples));
}

double load_cost(LanePattern pattern, double lanes, bool store) {
    switch (pattern.form) {
        case LanePattern::Form::uniform:
            return store ? lanes : 0.3;
        case LanePattern::Form::contiguous:
            return 1;
        case LanePattern::Form::strided:
            return store ? 1.5 * lanes : 1.5 * pattern.step;
        case LanePattern::Form::repeated:
        case LanePattern::Form::periodic:
            return store ? 1.5 * lanes : 1.5;
        case LanePattern::Form::gather:
            return store ? 1.5 * lanes : lanes;
    }
    return lanes;
}

/// Estimated cost a point with the nest's vector choice.
double point_cost(const Nest& nest, double lanes) {
    double work = operations(nest.equation->body);
    double reduced_points = 1;
    for (const Level& level : nest.levels) {
        if (level.reduced) reduced_points *= typical(level.extent);
    }
    double memory_factor = nest.accumulates ? 2 : 1;
    if (nest.vector < 0) {
        return work + static_cast<double>(nest.reads.size()) + memory_factor / reduced_points;
    }
    for (const Stream& read : nest.reads) work += load_cost(nest.pattern(read), lanes, false);
    double extent =
        typical(nest.levels[static_cast<std::size_t>(nest.vector)].extent) * static_cast<double>(nest.pair_extent());
    double per_point = work * std::ceil(extent / lanes) / extent;
    if (nest.reduces_along_vector()) return per_point + (8 + memory_factor) / reduced_points;
    double store = memory_factor * load_cost(nest.pattern(nest.left), lanes, true);
    return per_point + store * std::ceil(extent / lanes) / extent / reduced_points;
}

/// True when no two points of the levels meet in one element of the left: only then may they be lanes of one vector
/// that adds to what is there.
bool lanes_differ(const Nest& nest, int vector, int pair) {
    auto distance = [&](int level) {
        const Size stride = nest.left.strides[static_cast<std::size_t>(level)];
        return stride.at(1) < 0 ? -1 * stride : stride;
    };
    Size step = distance(vector);
    Size inner = distance(pair);
    auto run = [&](int level, Size stride) {
        return ir::product(nest.levels[static_cast<std::size_t>(level)].extent, stride);
    };
    std::optional<Size> pair_run = run(pair, inner);
    std::optional<Size> vector_run = run(vector, step);
    return (pair_run && ir::at_least(step, *pair_run)) || (vector_run && ir::at_least(inner, *vector_run));
}

void choose_vector(Nest& nest, int lanes) {
    bool argmax = nest.equation->reduce == ir::Reduce::argmax;
    Nest best = nest;
    double best_cost = point_cost(nest, lanes);
    auto consider = [&](int vector, int pair) {
        Nest candidate = nest;
        candidate.vector = vector;
        candidate.pair = pair;
        double cost = point_cost(candidate, lanes);
        if (cost < best_cost) {
            best_cost = cost;
            best = std::move(candidate);
        }
    };
    int count = static_cast<int>(nest.levels.size());
    for (int v = nest.shared; v < count; ++v) {
        const Level& level = nest.levels[static_cast<std::size_t>(v)];
        if (argmax && level.reduced) continue;
        consider(v, -1);
        for (int p = nest.shared; p < count; ++p) {
            const Level& pair = nest.levels[static_cast<std::size_t>(p)];
            if (p == v || pair.reduced != level.reduced || pair.extent.per_batch != 0) continue;
            if (pair.extent.fixed < 2 || lanes % pair.extent.fixed != 0) continue;
            if (nest.accumulates && !level.reduced && !lanes_differ(nest, v, p)) continue;
            consider(v, p);
        }
    }
    nest = std::move(best);
}

}  // namespace

std::int64_t Nest::pair_extent() const {
    return pair < 0 ? 1 : levels[static_cast<std::size_t>(pair)].extent.fixed;
}

int Nest::level_of(ir::IndexId index) const {
    for (std::size_t i = 0; i < levels.size(); ++i) {
        if (levels[i].indices.size() == 1 && levels[i].indices[0] == index) return static_cast<int>(i);
    }
    return -1;
}

LanePattern Nest::pattern(const Stream& stream) const {
    using Form = LanePattern::Form;
    Size step = stream.strides[static_cast<std::size_t>(vector)];
    if (pair < 0) {
        if (step == Size{0, 0}) return {Form::uniform, 1};
        if (step == Size{1, 0}) return {Form::contiguous, 1};
        if (step.is_fixed() && step.fixed >= 2 && step.fixed <= 4) return {Form::strided, static_cast<int>(step.fixed)};
        return {Form::gather, 1};
    }
    Size inner = stream.strides[static_cast<std::size_t>(pair)];
    std::int64_t extent = pair_extent();
    if (step == Size{0, 0} && inner == Size{0, 0}) return {Form::uniform, 1};
    if (step == Size{extent, 0} && inner == Size{1, 0}) return {Form::contiguous, 1};
    if (step == Size{1, 0} && inner == Size{0, 0}) return {Form::repeated, static_cast<int>(extent)};
    if (step == Size{0, 0} && inner == Size{1, 0}) return {Form::periodic, static_cast<int>(extent)};
    return {Form::gather, 1};
}

double operations(const ir::ExprRef& body) {
    double count = 0;
    ir::walk(body, [&](const ir::Expr& node) {
        if (node.form == ir::Expr::Form::call) count += ir::info(node.function).operations;
    });
    return count;
}

double cost_per_row(const ir::Equation& equation, ir::IndexId row) {
    double points = 1;
    for (std::size_t i = 0; i < equation.indices.size(); ++i) {
        if (static_cast<IndexId>(i) != row) points *= typical(Size::of(equation.indices[i].extent));
    }
    return points * (1 + 0.25 * operations(equation.body));
}

Nest plan_nest(const ir::Graph& graph, const ir::Equation& equation, const std::vector<ir::IndexId>& shared, int lanes,
               std::int64_t samples, const std::vector<IndexId>& apart) {
    Nest nest;
    nest.equation = &equation;
    nest.samples = samples;

    auto on_left = [&](IndexId i) {
        return std::ranges::any_of(equation.left, [&](const Affine& at) { return at.uses(i); });
    };
    const std::vector<const ir::Access*> reads = different_reads(equation);

    Draft draft;
    for (IndexId i : shared) {
        if (i >= 0)
            draft.shared.push_back({{i}, Size::of(equation.indices[static_cast<std::size_t>(i)].extent), !on_left(i)});
    }
    for (IndexId i = 0; i < static_cast<IndexId>(equation.indices.size()); ++i) {
        std::int64_t extent = equation.indices[static_cast<std::size_t>(i)].extent;
        if (extent == 1 || std::ranges::find(shared, i) != shared.end()) continue;
        (on_left(i) ? draft.left : draft.reduced).push_back({{i}, Size::of(extent), !on_left(i)});
    }

    std::vector<ir::Address> addresses = {
        ir::address(graph.value(equation.result).type, equation.left, equation.indices.size())};
    for (const ir::Access* access : reads) {
        addresses.push_back(ir::address(graph.value(access->tensor).type, access->at, equation.indices.size()));
    }
    // Outermost is what steps furthest through the result. A scatter goes in the order of what it reads instead:
    // elements that fall on one place would else follow each other, and each would wait for the one before.
    bool scatter = std::ranges::any_of(equation.left, [](const Affine& at) { return at.terms.size() > 1; }) &&
                   equation.reduce != ir::Reduce::none && reads.size() == 1;
    const ir::Address& order = addresses[scatter ? 1 : 0];
    std::ranges::stable_sort(draft.left, [&](const Level& a, const Level& b) {
        Size step_a = order.strides[static_cast<std::size_t>(a.indices[0])];
        Size step_b = order.strides[static_cast<std::size_t>(b.indices[0])];
        return step_a.at(ir::kTypicalBatchSamples) > step_b.at(ir::kTypicalBatchSamples);
    });
    std::vector<bool> fixed = watched_indices(graph, equation);
    for (IndexId i : apart) fixed[static_cast<std::size_t>(i)] = true;
    merge(draft.left, addresses, fixed);
    merge(draft.reduced, addresses, fixed);

    nest.shared = static_cast<int>(draft.shared.size());
    nest.left_levels = static_cast<int>(draft.left.size());
    for (auto* part : {&draft.shared, &draft.left, &draft.reduced}) {
        nest.levels.insert(nest.levels.end(), part->begin(), part->end());
    }
    nest.left = stream_of(equation.result, equation.left, equation.clipped, graph, equation, nest.levels);
    for (const ir::Access* access : reads) {
        nest.reads.push_back(
            stream_of(access->tensor, access->at, access->pad.has_value(), graph, equation, nest.levels));
    }

    bool shared_reduced = std::ranges::any_of(draft.shared, [](const Level& level) {
        return level.reduced && level.extent != Size{1, 0};
    });
    for (std::size_t i = 0; i < equation.indices.size(); ++i) {
        nest.partial |= samples > 0 && equation.indices[i].extent == ir::kOpen && !on_left(static_cast<IndexId>(i));
    }
    const bool combines = shared_reduced || nest.partial || !ir::meets_at_most_once(equation);
    nest.scatters = !ir::covers_once(equation, graph.value(equation.result).type);
    nest.accumulates = equation.reduce != ir::Reduce::none && combines;
    nest.fills = equation.reduce != ir::Reduce::none && (combines || nest.scatters);

    nest.lanes = lanes;
    choose_vector(nest, lanes);
    return nest;
}

}  // namespace ricci::codegen
