// Followers take the levels of what they follow; a pool makes the contraction's tile hold whole windows.
#include "passes/loops/epilogue.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/analysis/windows.h"
#include "passes/loops/nest_parts.h"
#include "passes/loops/tile_cost.h"

namespace ricci::codegen {
namespace {

using ir::Equation;
using ir::IndexId;
using ir::Size;
using ir::ValueId;

/// What the writer runs through as one level must be one run for the reader, too.
bool is_one_run(const ir::Graph& graph, const Equation& reader, const std::vector<IndexId>& indices) {
    std::vector<ir::Address> addresses = {
        ir::address(graph.value(reader.result).type, reader.left, reader.indices.size())};
    for (const ir::Access* access : different_reads(reader)) {
        addresses.push_back(ir::address(graph.value(access->tensor).type, access->at, reader.indices.size()));
    }
    std::int64_t inner = 1;
    for (std::size_t i = indices.size(); i-- > 1;) {
        inner *= reader.indices[static_cast<std::size_t>(indices[i])].extent;
        for (const ir::Address& address : addresses) {
            const Size step = address.strides[static_cast<std::size_t>(indices.back())];
            if (!(inner * step == address.strides[static_cast<std::size_t>(indices[i - 1])])) return false;
        }
    }
    return true;
}

/// The level of the reader for one of the writer's left, and where it stands in windows the level inside them.
std::optional<std::pair<Level, std::optional<Level>>> levels_for(const Level& level, const Equation& reader,
                                                                 const std::vector<ir::Window>& windows) {
    std::pair<Level, std::optional<Level>> made{level, std::nullopt};
    std::vector<IndexId>& numbers = made.first.indices;
    numbers.clear();
    for (IndexId index : level.indices) {
        const ir::Window& window = windows[static_cast<std::size_t>(index)];
        const bool alone = level.indices.size() == 1;
        if (!alone && (window.extent > 1 || window.number < 0)) return std::nullopt;
        if (window.number >= 0) numbers.push_back(window.number);
        if (window.extent == 1) continue;
        made.second = Level{{window.inside}, Size::of(window.extent), true};
        const std::int64_t count =
            window.number < 0 ? 1 : reader.indices[static_cast<std::size_t>(window.number)].extent;
        made.first.extent = Size::of(count);
    }
    return made;
}

/// True when others than the equation `next` read the value.
bool is_read_elsewhere(const ir::Graph& graph, ValueId value, const Equation* next) {
    for (const Equation& equation : graph.equations) {
        if (&equation == next) continue;
        for (const ir::Access* access : ir::accesses(equation.body)) {
            if (access->tensor == value) return true;
        }
    }
    return std::ranges::find(graph.outputs, value, &ir::Output::value) != graph.outputs.end() ||
           std::ranges::find(graph.updates, value, &ir::Update::source) != graph.updates.end();
}

/// True when every tile of the plan, those at the ends of the levels too, holds whole windows.
bool holds_windows(const Contraction& plan, const Follower& follower) {
    for (std::size_t level = 0; level < follower.inside.size(); ++level) {
        if (plan.count(static_cast<int>(level)) % follower.window(level) != 0) return false;
    }
    return true;
}

/// The plan with its followers; a pool is one if the tile holds its windows, and only one is.
FusedContraction with_followers(const ir::Graph& graph, Contraction plan, std::span<const Equation* const> behind) {
    FusedContraction fused{std::move(plan), {}, {}};
    std::vector<Follower>& steps = fused.epilogue.steps;
    std::vector<ValueId> earlier;  // results that are in memory only when the tile is done
    const Nest* last = &fused.plan.nest;
    bool pooled = false;
    steps.reserve(behind.size());
    for (const Equation* reader : behind) {
        const bool looks_back = std::ranges::any_of(ir::accesses(reader->body), [&](const ir::Access* access) {
            return std::ranges::find(earlier, access->tensor) != earlier.end();
        });
        std::optional<Follower> follower = plan_follower(graph, *last, *reader);
        if (!follower || looks_back) break;
        if (follower->pools() && (pooled || !holds_windows(fused.plan, *follower))) break;
        pooled |= follower->pools();
        const bool kept = is_read_elsewhere(graph, last->equation->result, reader);
        (steps.empty() ? fused.epilogue.keeps_sum : steps.back().kept) = kept;
        earlier.push_back(last->equation->result);
        steps.push_back(std::move(*follower));
        last = &steps.back().nest;
    }
    return fused;
}

/// By index of the equation, the points that the first pool behind it takes along it; empty when there is none.
std::vector<std::int64_t> windows_behind(const ir::Graph& graph, const Equation& first,
                                         std::span<const Equation* const> behind) {
    std::vector<IndexId> now(first.indices.size());  // what each index is to the latest equation
    for (std::size_t i = 0; i < now.size(); ++i) now[i] = static_cast<IndexId>(i);
    const Equation* writer = &first;
    for (const Equation* reader : behind) {
        const std::optional<std::vector<ir::Window>> windows = ir::windows_of(graph, *writer, *reader);
        if (!windows) break;
        std::vector<std::int64_t> extents(now.size(), 1);
        for (std::size_t i = 0; i < now.size(); ++i) {
            if (now[i] < 0) continue;
            const ir::Window& window = (*windows)[static_cast<std::size_t>(now[i])];
            extents[i] = window.extent;
            now[i] = window.number;
        }
        if (ir::points_of(*windows) > 1) return extents;
        writer = reader;
    }
    return {};
}

/// The nest with the levels of windows apart, and tiles of whole windows.
Nest in_windows(const ir::Graph& graph, const Nest& nest, const std::vector<std::int64_t>& windows) {
    std::vector<IndexId> shared;
    for (int level = 0; level < nest.shared; ++level) {
        shared.push_back(nest.levels[static_cast<std::size_t>(level)].indices[0]);
    }
    std::vector<IndexId> apart;
    for (std::size_t i = 0; i < windows.size(); ++i) {
        if (windows[i] > 1) apart.push_back(static_cast<IndexId>(i));
    }
    Nest cut = plan_nest(graph, *nest.equation, shared, nest.lanes, nest.samples, apart);
    cut.whole.assign(cut.levels.size(), 1);
    for (IndexId index : apart) {
        const int level = cut.level_of(index);
        if (level >= 0) cut.whole[static_cast<std::size_t>(level)] = windows[static_cast<std::size_t>(index)];
    }
    return cut;
}

}  // namespace

std::int64_t Follower::window(std::size_t level) const {
    return inside[level] < 0 ? 1 : nest.levels[static_cast<std::size_t>(inside[level])].extent.fixed;
}

std::optional<Follower> plan_follower(const ir::Graph& graph, const Nest& first, const Equation& reader) {
    const std::optional<std::vector<ir::Window>> windows = ir::windows_of(graph, *first.equation, reader);
    if (!windows) return std::nullopt;
    const std::vector<bool> watched = watched_indices(graph, reader);
    if (std::ranges::find(watched, true) != watched.end()) return std::nullopt;

    Follower follower;
    Nest& nest = follower.nest;
    nest.equation = &reader;
    nest.shared = first.shared;
    nest.left_levels = first.left_levels;
    nest.vector = first.vector;
    nest.lanes = first.lanes;
    nest.samples = first.samples;
    const int count = first.shared + first.left_levels;
    std::vector<Level> in_window;
    for (int number = 0; number < count; ++number) {
        auto levels = levels_for(first.levels[static_cast<std::size_t>(number)], reader, *windows);
        if (!levels || !is_one_run(graph, reader, levels->first.indices)) return std::nullopt;
        auto& [level, inside] = *levels;
        if (inside && (number == first.vector || number < first.shared)) return std::nullopt;
        follower.inside.push_back(inside ? count + static_cast<int>(in_window.size()) : -1);
        if (inside) in_window.push_back(std::move(*inside));
        nest.levels.push_back(std::move(level));
    }
    nest.levels.insert(nest.levels.end(), in_window.begin(), in_window.end());
    nest.left = stream_of(reader.result, reader.left, false, graph, reader, nest.levels);
    for (const ir::Access* access : different_reads(reader)) {
        nest.reads.push_back(
            stream_of(access->tensor, access->at, access->pad.has_value(), graph, reader, nest.levels));
    }
    while (nest.reads[follower.read].value != first.equation->result) ++follower.read;
    return follower;
}

std::optional<FusedContraction> plan_fused(const ir::Graph& graph, const Nest& first,
                                           std::span<const Equation* const> behind, const ContractionPlanner& planner,
                                           const passes::Machine& machine) {
    if (first.accumulates) return std::nullopt;
    std::optional<FusedContraction> best;
    std::optional<Contraction> plain = planner(first, machine, -1);
    if (plain && !plain->nest.reduces_along_vector()) best = with_followers(graph, *plain, behind);
    const std::vector<std::int64_t> windows = windows_behind(graph, *first.equation, behind);
    if (!best || windows.empty()) return best;
    std::optional<Contraction> pooling = planner(in_windows(graph, first, windows), machine, -1);
    const std::string& name = graph.value(first.equation->result).name;
    const double apart = best->plan.cycles + reload_cycles(best->plan, machine);
    if (!pooling || pooling->nest.reduces_along_vector()) {
        best->remark =
            fmt::format("{}: no tile holds whole windows of the pool behind it in {} registers", name,
                                   machine.vector_registers);
    } else if (pooling->cycles >= apart) {
        best->remark = fmt::format(
            "{}: whole windows of the pool behind it in registers would take {:.0f} cycles, a tile "
            "without and loading the results again {:.0f}",
            name, pooling->cycles, apart);
    } else {
        FusedContraction fused = with_followers(graph, std::move(*pooling), behind);
        if (fused.epilogue.steps.size() > best->epilogue.steps.size()) best = std::move(fused);
    }
    return best;
}

}  // namespace ricci::codegen
