// The vector with the least estimated cost a point: what it loads, stores and computes.
#include "passes/loops/choose_vector.h"

#include <algorithm>
#include <cmath>

#include "ir/loops/plain_loops.h"

namespace ricci::passes {
namespace {

using namespace ir;

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

/// A lane of a vector in a scatter by ids, where lanes do not lie side by side in the result. Each is in a line of the cache
/// of its own. So are those of the next id. With strides of a power of 2 they take each other's place.
constexpr double kFarLane = 5;

/// Estimated cost of a point of a scatter by ids. Each is added to what is in memory.
double scattered_cost(const Nest& nest, double lanes) {
    double work = operations(nest.equation->body);
    if (nest.vector < 0) return work + static_cast<double>(nest.reads.size()) + 2;
    for (const Stream& read : nest.reads) work += load_cost(nest.pattern(read), lanes, false);
    const double extent = static_cast<double>(nest.levels[nest.vector].extent.at(nest.typical_samples) * nest.pair_extent());
    const bool together = nest.pattern(nest.left).form == LanePattern::Form::contiguous;
    return (work + (together ? 2 : kFarLane * lanes)) * std::ceil(extent / lanes) / extent;
}

/// Estimated cost a point with the nest's vector choice.
double point_cost(const Nest& nest, double lanes) {
    if (nest.scatters_by_ids()) return scattered_cost(nest, lanes);
    const auto typical = [&](Size size) { return static_cast<double>(size.at(nest.typical_samples)); };
    double work = operations(nest.equation->body);
    double reduced_points = 1;
    for (const Level& level : nest.levels) {
        if (level.reduced) reduced_points *= typical(level.extent);
    }
    for (const LookedUp& one : nest.looked_up) {
        if (nest.levels[one.level].reduced) reduced_points /= typical(nest.levels[one.level].extent);
    }
    double memory_factor = nest.accumulates ? 2 : 1;
    if (nest.vector < 0) {
        return work + static_cast<double>(nest.reads.size()) + memory_factor / reduced_points;
    }
    for (const Stream& read : nest.reads) work += load_cost(nest.pattern(read), lanes, false);
    double extent =
        typical(nest.levels[nest.vector].extent) * static_cast<double>(nest.pair_extent());
    double per_point = work * std::ceil(extent / lanes) / extent;
    if (nest.reduces_along_vector()) return per_point + (8 + memory_factor) / reduced_points;
    double store = memory_factor * load_cost(nest.pattern(nest.left), lanes, true);
    return per_point + store * std::ceil(extent / lanes) / extent / reduced_points;
}

/// The levels that take less time by their ids. In a batch tile the lanes are samples, each with a row of its own: there
/// all positions are compared. So are those that one vector holds, where nothing else is a vector.
std::vector<LookedUp> worth_looking_up(const Graph& graph, const Nest& nest) {
    if (nest.samples > 0) return {};
    std::vector<LookedUp> levels = levels_looked_up(graph, nest);
    std::erase_if(levels, [&](const LookedUp& one) {
        const Level& level = nest.levels[one.level];
        if (!level.reduced) return nest.shared > 0 || !scatters_by_ids(graph, *nest.equation);
        bool others = false;  // levels of a row
        for (LevelId other = nest.first_own(); other < nest.levels.next(); ++other)
            others = others || (other != one.level && std::ranges::count(one.by, other) == 0);
        return !others && level.extent.per_batch == 0 && level.extent.fixed <= nest.lanes;
    });
    return levels;
}

void choose_vector(Nest& nest) {
    const int lanes = nest.lanes;
    Nest best = nest;
    double best_cost = point_cost(nest, lanes);
    const auto consider = [&](LevelId vector, LevelId pair) {
        if (!why_no_plain_vector(nest, vector, pair, lanes).empty()) return;
        Nest candidate = nest;
        candidate.vector = vector;
        candidate.pair = pair;
        const double cost = point_cost(candidate, lanes);
        if (cost < best_cost) {
            best_cost = cost;
            best = std::move(candidate);
        }
    };
    for (LevelId v = nest.first_own(); v < nest.levels.next(); ++v) {
        consider(v, -1);
        for (LevelId p = nest.first_own(); p < nest.levels.next(); ++p) {
            if (p != v) consider(v, p);
        }
    }
    nest = std::move(best);
}

}  // namespace

Nest choose_nest(const Graph& graph, const Equation& equation, const Surroundings& around, int lanes,
                 const std::vector<IndexId>& apart) {
    Nest nest = nest_of(graph, equation, around, longest_runs(graph, equation, around, apart));
    nest.lanes = lanes;
    look_up(nest, worth_looking_up(graph, nest));
    choose_vector(nest);
    return nest;
}

}  // namespace ricci::passes
