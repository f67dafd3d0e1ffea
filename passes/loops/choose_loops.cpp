// Which loops of a nest are unrolled, and which copies are turned over in registers.
#include "passes/loops/choose_loops.h"

#include <algorithm>

namespace ricci::passes {
namespace {

using namespace ir;

/// Operations (as ir/loops/nest.h counts them) that the innermost code of one nest may grow to by unrolling.
constexpr double kMostOperations = 160;
/// Vectors of a level that are unrolled at the most.
constexpr std::int64_t kMostVectorsUnrolled = 4;

/// Behind the loops that its id depends on, whatever the strides say.
void put_look_ups_inside(const Nest& nest, std::vector<LevelId>& loops) {
    for (const LookedUp& one : nest.looked_up) {
        const auto own = std::ranges::find(loops, one.level);
        if (own == loops.end()) continue;
        auto last = own;
        for (auto loop = own; loop != loops.end(); ++loop) {
            if (std::ranges::count(one.by, *loop) > 0) last = loop;
        }
        std::rotate(own, own + 1, last + 1);
    }
}

}  // namespace

PlainLoops choose_plain_loops(const Nest& nest, LevelId split) {
    PlainLoops plan{.nest = nest, .left = {}, .reduced = {}, .written_out = {}};
    plan.written_out.assign(nest.levels.size(), false);
    if (nest.vector < 0) plan.nest.lanes = 1;
    const auto level = [&](LevelId number) -> const Level& { return nest.levels[number]; };
    for (LevelId number = nest.first_own(); number < nest.levels.next(); ++number) {
        if (number == nest.vector || number == nest.pair) continue;
        (level(number).reduced ? plan.reduced : plan.left).push_back(number);
    }
    put_look_ups_inside(nest, plan.left);
    put_look_ups_inside(nest, plan.reduced);
    double room = kMostOperations / (operations(nest.equation->body) + static_cast<double>(nest.reads.size()) + 1);
    const auto take = [&](LevelId number) {
        if (nest.look_up(number) != nullptr) return true;  // no loop
        const Size extent = level(number).extent;
        if (extent.per_batch != 0 || number == split || static_cast<double>(extent.fixed) > room) return false;
        room /= static_cast<double>(extent.fixed);
        plan.written_out[number] = true;
        return true;
    };
    if (nest.vector >= 0 && level(nest.vector).extent.per_batch == 0) {
        const std::int64_t vectors = (level(nest.vector).extent.fixed + plan.units() - 1) / plan.units();
        const bool few = vectors <= kMostVectorsUnrolled && nest.vector != split;
        plan.written_out[nest.vector] = few;
        if (vectors <= kMostVectorsUnrolled && static_cast<double>(vectors) <= room)
            room /= static_cast<double>(vectors);
    }
    bool open = true;
    // Of a scatter by ids the reduced loops are around those of the left.
    const bool scatters = nest.scatters_by_ids();
    for (auto it = plan.reduced.rbegin(); !scatters && open && it != plan.reduced.rend(); ++it) open = take(*it);
    for (auto it = plan.left.rbegin(); open && it != plan.left.rend(); ++it) open = take(*it);
    return plan;
}

std::optional<Transpose> choose_transpose(const Graph& graph, const Nest& nest, const Machine& machine) {
    if (!why_no_transpose(graph, nest).empty()) return std::nullopt;
    const auto bytes = static_cast<std::int64_t>(size_of(graph.value(nest.reads[0].value).type.dtype));
    const std::int64_t register_bytes = machine.f32_lanes * static_cast<std::int64_t>(sizeof(float));
    Transpose plan;
    plan.lanes = static_cast<int>((register_bytes == 64 ? 64 : 32) / bytes);
    for (LevelId level = nest.first_own(); level < nest.levels.next(); ++level) {
        const Size extent = nest.levels[level].extent;
        if (extent.per_batch == 0 && extent.fixed * 2 < plan.lanes) continue;
        if (is_row(nest, level)) plan.row = level;
        if (is_column(nest, level)) plan.column = level;
    }
    if (plan.row < 0 || plan.column < 0) return std::nullopt;
    for (LevelId level = nest.first_own(); level < nest.levels.next(); ++level) {
        if (level != plan.row && level != plan.column) plan.outer.push_back(level);
    }
    return plan;
}

}  // namespace ricci::passes
