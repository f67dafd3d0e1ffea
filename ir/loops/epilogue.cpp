// The steps of an epilogue take the levels of what they follow.
#include "ir/loops/epilogue.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/analysis/windows.h"
#include "ir/loops/streams.h"

namespace ricci::ir {
namespace {

/// What the writer runs through as one level must be one run for the reader, too.
bool is_one_run(const Graph& graph, const Equation& reader, const std::vector<IndexId>& indices) {
    std::vector<Address> addresses = {
        address(graph.value(reader.result).type, reader.left, reader.indices.size())};
    for (const Access* access : different_reads(reader)) {
        addresses.push_back(address(graph.value(access->tensor).type, access->at, reader.indices.size()));
    }
    std::int64_t inner = 1;
    for (std::size_t i = indices.size(); i-- > 1;) {
        inner *= reader.indices[indices[i]].extent;
        for (const Address& address : addresses) {
            const Size stride = address.strides[indices.back()];
            if (!(inner * stride == address.strides[indices[i - 1]])) return false;
        }
    }
    return true;
}

/// The level of the reader for one of the writer's left, and where it stands in windows the level inside them.
std::optional<std::pair<Level, std::optional<Level>>> levels_for(const Level& level, const Equation& reader,
                                                                 const IdVector<IndexId, Window>& windows) {
    std::pair<Level, std::optional<Level>> made{level, std::nullopt};
    std::vector<IndexId>& numbers = made.first.indices;
    numbers.clear();
    for (IndexId index : level.indices) {
        const Window& window = windows[index];
        const bool alone = level.indices.size() == 1;
        if (!alone && (window.extent > 1 || window.number < 0)) return std::nullopt;
        if (window.number >= 0) numbers.push_back(window.number);
        if (window.extent == 1) continue;
        made.second = Level{{window.inside}, Size::of(window.extent), true};
        const std::int64_t count =
            window.number < 0 ? 1 : reader.indices[window.number].extent;
        made.first.extent = Size::of(count);
    }
    return made;
}

/// The first level of which the tile holds parts of windows; -1 when it holds whole ones, at the ends of levels too.
LevelId level_cut(const Contraction& plan, const EpilogueStep& step) {
    for (const LevelId level : step.inside.ids()) {
        if (plan.count(level) % step.window(level) != 0) return level;
    }
    return -1;
}

/// The step behind `first` that `reader` is. Nothing when
/// - it takes something else than each of its results once;
/// - it asks for the number of an index;
/// - what `first` runs through as one level is not one for it.
std::optional<EpilogueStep> step_of(const Graph& graph, const Nest& first, const Equation& reader) {
    const std::optional<IdVector<IndexId, Window>> windows = windows_of(graph, *first.equation, reader);
    if (!windows) return std::nullopt;
    const IdVector<IndexId, bool> watched = watched_indices(graph, reader);
    if (std::ranges::find(watched, true) != watched.end()) return std::nullopt;

    EpilogueStep step;
    Nest& nest = step.nest;
    nest.equation = &reader;
    nest.shared = first.shared;
    nest.left_levels = first.left_levels;
    nest.vector = first.vector;
    nest.lanes = first.lanes;
    nest.samples = first.samples;
    nest.typical_samples = first.typical_samples;
    std::vector<Level> in_window;
    for (LevelId number = 0; number < first.left_end(); ++number) {
        auto levels = levels_for(first.levels[number], reader, *windows);
        if (!levels || !is_one_run(graph, reader, levels->first.indices)) return std::nullopt;
        auto& [level, inside] = *levels;
        if (inside && (number == first.vector || number < first.first_own())) return std::nullopt;
        step.inside.push_back(inside ? first.left_end() + static_cast<int>(in_window.size()) : LevelId());
        if (inside) in_window.push_back(std::move(*inside));
        nest.levels.push_back(std::move(level));
    }
    nest.levels.insert(nest.levels.end(), in_window.begin(), in_window.end());
    nest.left = stream_of(reader.result, reader.left, false, graph, reader, nest.levels);
    for (const Access* access : different_reads(reader)) {
        nest.reads.push_back(
            stream_of(access->tensor, access->at, access->pad.has_value(), graph, reader, nest.levels));
    }
    while (nest.reads[step.read].value != first.equation->result) ++step.read;
    return step;
}

}  // namespace

std::int64_t EpilogueStep::window(LevelId level) const {
    return inside[level] < 0 ? 1 : nest.levels[inside[level]].extent.fixed;
}

bool is_read_elsewhere(const Graph& graph, const Uses& uses, ValueId value, const Equation* but) {
    const auto is_other = [&](EquationId reader) { return &graph.equations[reader] != but; };
    return uses.leaves(value) || std::ranges::any_of(uses.readers(value), is_other);
}

std::string follow(const Graph& graph, const Uses& uses, const Contraction& plan, Epilogue& epilogue,
                   const Equation& reader) {
    std::vector<EpilogueStep>& steps = epilogue.steps;
    const auto name = [&](ValueId id) -> const std::string& { return graph.value(id).name; };
    if (plan.nest.reduces_along_vector())
        return fmt::format("the lanes of {} are added up, and no vector of results is left", name(plan.nest.equation->result));
    if (plan.nest.accumulates)
        return fmt::format("{} is added up in memory", name(plan.nest.equation->result));
    const Nest& last = steps.empty() ? plan.nest : steps.back().nest;
    std::vector<ValueId> earlier;  // results that are in memory only when the tile is done
    if (!steps.empty()) earlier.push_back(plan.nest.equation->result);
    for (std::size_t i = 0; i + 1 < steps.size(); ++i) earlier.push_back(steps[i].nest.equation->result);
    for (const Access* access : accesses(reader.body)) {
        if (std::ranges::find(earlier, access->tensor) != earlier.end())
            return fmt::format("it reads {}, which lies in memory only when the tile is done", name(access->tensor));
    }
    std::optional<EpilogueStep> step = step_of(graph, last, reader);
    if (!step)
        return fmt::format("it does not take each element of {} once, alone or in windows", name(last.equation->result));
    if (step->pools()) {
        if (std::ranges::any_of(steps, &EpilogueStep::pools)) return "a pool stands before it";
        if (const LevelId level = level_cut(plan, *step); level >= 0) {
            return fmt::format("loop {} goes by {}, but it takes windows of {}", plan.nest.name_of(level),
                               plan.count(level), step->window(level));
        }
    }
    const bool kept = is_read_elsewhere(graph, uses, last.equation->result, &reader);
    (steps.empty() ? epilogue.keeps_sum : steps.back().kept) = kept;
    steps.push_back(std::move(*step));
    return "";
}

}  // namespace ricci::ir
