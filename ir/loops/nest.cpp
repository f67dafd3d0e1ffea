// Levels from runs of indices: their order, which addresses run on, and what the streams are along each.
#include "ir/loops/nest.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "ir/analysis/coverage.h"
#include "ir/base/error.h"
#include "ir/loops/streams.h"

namespace ricci::ir {
namespace {

/// Levels of one index each, and how every access steps along the indices.
struct Draft {
    IdVector<LevelId, Level> shared, left, reduced;
    std::vector<Address> addresses;  // of the result, then of the reads
    IdVector<IndexId, bool> watched;  // its number is looked at
};

bool on_left(const Equation& equation, IndexId index) {
    return std::ranges::any_of(equation.left, [&](const Affine& at) { return at.uses(index); });
}

Draft draft_of(const Graph& graph, const Equation& equation, const std::vector<IndexId>& shared) {
    Draft draft;
    for (IndexId i : shared) {
        if (i < 0) continue;
        const Size extent = Size::of(equation.indices[i].extent);
        draft.shared.push_back({{i}, extent, !on_left(equation, i)});
    }
    for (IndexId i = 0; i < static_cast<IndexId>(equation.indices.size()); ++i) {
        const std::int64_t extent = equation.indices[i].extent;
        if (extent == 1 || std::ranges::find(shared, i) != shared.end()) continue;
        const bool left = on_left(equation, i);
        (left ? draft.left : draft.reduced).push_back({{i}, Size::of(extent), !left});
    }
    const std::size_t count = equation.indices.size();
    draft.addresses = {address(graph.value(equation.result).type, equation.left, count)};
    const std::vector<const Access*> reads = different_reads(equation);
    for (const Access* access : reads)
        draft.addresses.push_back(address(graph.value(access->tensor).type, access->at, count));
    // Outermost is what steps furthest through the result. A scatter goes in the order of what it reads instead. Else,
    // elements that fall on one place would follow each other, and each would wait for the one before.
    const bool scatter = std::ranges::any_of(equation.left, [](const Affine& at) { return at.terms.size() > 1; }) &&
                         equation.reduce != Reduce::none && reads.size() == 1;
    const Address& order = draft.addresses[scatter ? 1 : 0];
    std::ranges::stable_sort(draft.left, [&](const Level& a, const Level& b) {
        const Size step_a = order.strides[a.indices[0]];
        const Size step_b = order.strides[b.indices[0]];
        return step_a.at(graph.typical_samples()) > step_b.at(graph.typical_samples());
    });
    draft.watched = watched_indices(graph, equation);
    return draft;
}

/// `outer` and `inner` as one level. Nothing when, in some access, the address of `inner` does not run on where a step
/// of `outer` ends. Nothing either when somebody looks at the number of an index.
std::optional<Level> merged(const Draft& draft, const Level& outer, const Level& inner) {
    const auto watched = [&](IndexId id) { return draft.watched[id]; };
    if (std::ranges::any_of(outer.indices, watched) || std::ranges::any_of(inner.indices, watched)) return std::nullopt;
    const std::optional<Size> extent = product(outer.extent, inner.extent);
    const bool runs_on = extent && std::ranges::all_of(draft.addresses, [&](const Address& a) {
        // The inner level is already one run: its address steps by that of its innermost index.
        const Size step = a.strides[inner.indices.back()];
        const std::optional<Size> run = product(inner.extent, step);
        return run && *run == a.strides[outer.indices.back()];
    });
    if (!runs_on) return std::nullopt;
    Level both{outer.indices, *extent, outer.reduced};
    both.indices.insert(both.indices.end(), inner.indices.begin(), inner.indices.end());
    return both;
}

void merge(std::vector<Level>& levels, const Draft& draft) {
    for (std::size_t i = levels.size(); i-- > 1;) {
        std::optional<Level> both = merged(draft, levels[i - 1], levels[i]);
        if (!both) continue;
        levels[i - 1] = std::move(*both);
        levels.erase(levels.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

std::string names_of(const Equation& equation, const std::vector<IndexId>& ids) {
    std::vector<std::string_view> names;
    for (IndexId id : ids) names.push_back(equation.indices[id].name);
    return fmt::format("{}", fmt::join(names, ", "));
}

/// The single levels joined as the runs say.
std::vector<Level> joined(const std::vector<Level>& levels, const Draft& draft, const Equation& equation,
                          const Runs& runs) {
    std::vector<Level> made;
    for (std::size_t i = 0; i < levels.size();) {
        const IndexId first = levels[i].indices[0];
        const auto run = std::ranges::find_if(runs, [&](const auto& r) { return std::ranges::count(r, first) > 0; });
        if (run == runs.end()) user_error("no loop runs over {}", names_of(equation, {first}));
        const std::size_t end = i + run->size();
        const std::string names = names_of(equation, *run);
        for (std::size_t k = 0; k < run->size(); ++k) {
            if (i + k >= levels.size() || levels[i + k].indices[0] != (*run)[k])
                user_error("({}) is no run of neighbouring indices in their order in memory", names);
        }
        Level level = levels[end - 1];
        for (std::size_t k = end - 1; k-- > i;) {
            std::optional<Level> both = merged(draft, levels[k], level);
            if (!both) {
                user_error("the addresses of ({}) do not run on in every access, or a number of them is looked at",
                           names);
            }
            level = std::move(*both);
        }
        made.push_back(std::move(level));
        i = end;
    }
    return made;
}

/// What the nest is apart from its levels.
void describe(Nest& nest, const Graph& graph, const Draft& draft) {
    const Equation& equation = *nest.equation;
    nest.left = stream_of(equation.result, equation.left, equation.clipped, graph, equation, nest.levels);
    for (const Access* access : different_reads(equation))
        nest.reads.push_back(
            stream_of(access->tensor, access->at, access->pad.has_value(), graph, equation, nest.levels));
    const bool shared_reduced = std::ranges::any_of(
        draft.shared, [](const Level& level) { return level.reduced && level.extent != Size{1, 0}; });
    for (std::size_t i = 0; i < equation.indices.size(); ++i) {
        const bool open = equation.indices[i].extent == kOpen;
        nest.partial |= nest.samples > 0 && open && !on_left(equation, static_cast<IndexId>(i));
    }
    const bool combines = shared_reduced || nest.partial || !meets_at_most_once(equation);
    nest.scatters = !covers_once(equation, graph.value(equation.result).type);
    nest.accumulates = equation.reduce != Reduce::none && combines;
    nest.fills = equation.reduce != Reduce::none && (combines || nest.scatters);
}

}  // namespace

std::int64_t Nest::pair_extent() const {
    return pair < 0 ? 1 : levels[pair].extent.fixed;
}

LevelId Nest::level_of(IndexId index) const {
    for (const LevelId level : levels.ids()) {
        if (levels[level].indices.size() == 1 && levels[level].indices[0] == index) return level;
    }
    return -1;
}

std::string Nest::name_of(LevelId level) const {
    const std::vector<IndexId>& ids = levels[level].indices;
    const std::string names = names_of(*equation, ids);
    return ids.size() == 1 ? names : fmt::format("({})", names);
}

LanePattern Nest::pattern(const Stream& stream) const {
    using Form = LanePattern::Form;
    const Size step = stream.strides[vector];
    if (pair < 0) {
        if (step == Size{0, 0}) return {Form::uniform, 1};
        if (step == Size{1, 0}) return {Form::contiguous, 1};
        if (step.is_fixed() && step.fixed >= 2 && step.fixed <= 4) return {Form::strided, static_cast<int>(step.fixed)};
        return {Form::gather, 1};
    }
    const Size inner = stream.strides[pair];
    const std::int64_t extent = pair_extent();
    if (step == Size{0, 0} && inner == Size{0, 0}) return {Form::uniform, 1};
    if (step == Size{extent, 0} && inner == Size{1, 0}) return {Form::contiguous, 1};
    if (step == Size{1, 0} && inner == Size{0, 0}) return {Form::repeated, static_cast<int>(extent)};
    if (step == Size{0, 0} && inner == Size{1, 0}) return {Form::periodic, static_cast<int>(extent)};
    return {Form::gather, 1};
}

double operations(const ExprRef& body) {
    double count = 0;
    walk(body, [&](const Expr& node) {
        if (node.form == Expr::Form::call) count += info(node.function).operations;
    });
    return count;
}

double cost_per_row(const Equation& equation, IndexId row, std::int64_t samples) {
    double points = 1;
    for (std::size_t i = 0; i < equation.indices.size(); ++i) {
        if (static_cast<IndexId>(i) != row) points *= static_cast<double>(Size::of(equation.indices[i].extent).at(samples));
    }
    return points * (1 + 0.25 * operations(equation.body));
}

Runs longest_runs(const Graph& graph, const Equation& equation, const Surroundings& around,
                  const std::vector<IndexId>& apart) {
    Draft draft = draft_of(graph, equation, around.shared);
    for (IndexId i : apart) draft.watched[i] = true;
    Runs runs;
    for (std::vector<Level>* levels : {&draft.left, &draft.reduced}) {
        merge(*levels, draft);
        for (const Level& level : *levels) runs.push_back(level.indices);
    }
    return runs;
}

Nest nest_of(const Graph& graph, const Equation& equation, const Surroundings& around, const Runs& runs) {
    const Draft draft = draft_of(graph, equation, around.shared);
    Nest nest;
    nest.equation = &equation;
    nest.samples = around.samples;
    nest.typical_samples = graph.typical_samples();
    nest.levels = draft.shared;
    const std::vector<Level> left = joined(draft.left, draft, equation, runs);
    const std::vector<Level> reduced = joined(draft.reduced, draft, equation, runs);
    nest.shared = static_cast<int>(draft.shared.size());
    nest.left_levels = static_cast<int>(left.size());
    for (const auto* part : {&left, &reduced}) nest.levels.insert(nest.levels.end(), part->begin(), part->end());
    describe(nest, graph, draft);
    return nest;
}

const LookedUp* Nest::look_up(LevelId level) const {
    const auto found = std::ranges::find(looked_up, level, &LookedUp::level);
    return found == looked_up.end() ? nullptr : &*found;
}

bool Nest::scatters_by_ids() const {
    return std::ranges::any_of(looked_up, [&](const LookedUp& one) { return !levels[one.level].reduced; });
}

std::vector<LookedUp> levels_looked_up(const Graph& graph, const Nest& nest) {
    std::vector<LookedUp> found;
    if (nest.prologue) return found;
    for (LookUp& look_up : look_ups(graph, *nest.equation)) {
        LookedUp one{nest.level_of(look_up.index), std::move(look_up), {}};
        if (one.level < nest.first_own()) continue;  // a loop around the equation
        for (const LevelId level : nest.levels.ids()) {
            const auto used = [&](IndexId index) {
                bool uses = false;
                walk(one.look_up.id, [&](const Expr& node) {
                    uses = uses || node.affine.uses(index) ||
                           std::ranges::any_of(node.access.at, [&](const Affine& at) { return at.uses(index); });
                });
                return uses;
            };
            if (std::ranges::any_of(nest.levels[level].indices, used)) one.by.push_back(level);
        }
        found.push_back(std::move(one));
    }
    return found;
}

void look_up(Nest& nest, std::vector<LookedUp> levels) {
    nest.looked_up = std::move(levels);
    if (!nest.scatters_by_ids()) return;
    nest.fills = true;
    nest.accumulates = true;
}

bool lanes_differ(const Nest& nest, LevelId vector, LevelId pair) {
    const auto distance = [&](LevelId level) {
        const Size stride = nest.left.strides[level];
        return stride.at(1) < 0 ? -1 * stride : stride;
    };
    const Size step = distance(vector);
    const Size inner = distance(pair);
    const auto run = [&](LevelId level, Size stride) {
        return product(nest.levels[level].extent, stride);
    };
    const std::optional<Size> pair_run = run(pair, inner);
    const std::optional<Size> vector_run = run(vector, step);
    return (pair_run && at_least(step, *pair_run)) || (vector_run && at_least(inner, *vector_run));
}

}  // namespace ricci::ir
