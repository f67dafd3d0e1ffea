// What a text says of a register tile, checked against what its equation allows.
#include "ir/loops/contraction.h"

#include <algorithm>
#include <cstdlib>

#include "ir/base/error.h"
#include "ir/loops/prologue.h"
#include "ir/loops/streams.h"

namespace ricci::ir {
namespace {

bool uses(const Guard& guard, LevelId level) {
    return guard.coefficients[level] != 0;
}

bool is_open(const Nest& nest, LevelId level) {
    return nest.levels[level].extent.per_batch != 0;
}

/// A guard on what the tile holds several points of is met by leaving out code: all its numbers must be known.
void check_guards(const Contraction& plan) {
    const Nest& nest = plan.nest;
    for (const Stream& read : nest.reads) {
        for (const Guard& guard : read.guards) {
            const auto tiled = std::ranges::find_if(
                plan.tile, [&](Contraction::Block block) { return uses(guard, block.level); });
            if (tiled == plan.tile.end()) continue;
            for (const LevelId level : nest.levels.ids()) {
                if (!uses(guard, level)) continue;
                if (level == nest.vector)
                    user_error("a padded read is guarded along {} and its vector {}: the tile holds one point of each",
                               nest.name_of(tiled->level), nest.name_of(level));
                if (plan.constant[level] || std::ranges::count(plan.written_out, level) > 0)
                    continue;
                user_error("a padded read is guarded along {}, of which the tile holds {}: {} must be unrolled",
                           nest.name_of(tiled->level), tiled->count, nest.name_of(level));
            }
        }
    }
}

void check_size(const Contraction& plan) {
    double spelled = 1;
    for (LevelId level : plan.written_out) spelled *= static_cast<double>(plan.units(level));
    for (const LevelId level : plan.nest.levels.ids()) {
        const bool constant = plan.constant[level];
        spelled *= static_cast<double>(constant ? plan.units(level) : plan.count(level));
    }
    if (spelled > kMostSpelledOut)
        user_error("the tile and what is unrolled spell out {} multiply-adds; {} is the most", spelled, kMostSpelledOut);
}

}  // namespace

std::int64_t Contraction::count(LevelId level) const {
    for (Block block : tile) {
        if (block.level == level) return block.count;
    }
    return 1;
}

std::int64_t Contraction::extent(LevelId level) const {
    const Size extent = nest.levels[level].extent;
    if (nest.samples > 0 && extent.per_batch != 0) return extent.at(nest.samples);
    return extent.at(nest.typical_samples);
}

std::int64_t Contraction::units(LevelId level) const {
    return level == nest.vector ? (extent(level) + nest.lanes - 1) / nest.lanes : extent(level);
}

std::int64_t Contraction::results() const {
    std::int64_t results = 1;
    for (Block block : tile) results *= block.count;
    return results;
}

std::string_view why_no_contraction(const Nest& nest) {
    const Equation& equation = *nest.equation;
    if (equation.schedule.how == How::loops) return "its schedule asks for plain loops";
    if (equation.reduce != Reduce::sum) return "it is no sum";
    if (!is_float(equation.body->dtype)) return "it is no sum of floats";
    if (!nest.looked_up.empty()) return "it looks rows up";
    if (nest.scatters || equation.clipped) return "it is a scatter";
    if (factors_of(nest).empty()) return "it is no sum of products";
    return "";
}

std::string_view why_no_vector(const Nest& nest, LevelId level, LevelId split) {
    const Level& along = nest.levels[level];
    if (level == split) return "threads split it";
    if (!nest.whole.empty() && nest.whole[level] > 1)
        return "windows behind the sum lie along it";
    if (nest.prologue && !nest.prologue->sums.empty() && !along.reduced)
        return "sums ride along, which need a reduced index";
    if (along.extent.per_batch != 0 && (nest.samples == 0 || !along.reduced)) return "its extent is open";
    if (!along.reduced && !is_contiguous(nest.left, level)) return "the result does not lie contiguous along it";
    bool any = false;
    for (const Stream& read : nest.reads) {
        if (!is_contiguous(read, level) && !is_uniform(read, level))
            return "an operand lies neither contiguous along it nor still";
        any |= is_contiguous(read, level);
    }
    return any ? "" : "no operand lies along it";
}

LevelId level_of(const Nest& nest, const Loop& loop) {
    for (LevelId level = nest.first_own(); level < nest.levels.next(); ++level) {
        const IndexId first = nest.levels[level].indices.front();
        if (nest.equation->indices[first].name == loop.indices.front()) return level;
    }
    user_error("there is no loop over {}", loop.indices.front());
}

Contraction contraction_of(Nest nest, const LoopNest& text, LevelId split) {
    if (const std::string_view why = why_no_contraction(nest); !why.empty())
        user_error("no register tile computes it: {}", why);
    if (nest.vector < 0) user_error("a register tile needs a vector");
    if (nest.pair >= 0) user_error("a register tile has one index along its vector, not a pair");
    if (const std::string_view why = why_no_vector(nest, nest.vector, split); !why.empty())
        user_error("no vector of a register tile lies along {}: {}", nest.name_of(nest.vector), why);
    Contraction plan;
    plan.nest = std::move(nest);
    plan.constant.assign(plan.nest.levels.size(), false);
    for (const Loop& loop : text.outer) {
        const LevelId level = level_of(plan.nest, loop);
        const std::string name = plan.nest.name_of(level);
        const bool stays = level == split || is_open(plan.nest, level);
        if (stays && (loop.by > 1 || loop.unrolled))
            user_error("loop {} {}: it goes by 1 and is not unrolled", name,
                       level == split ? "is what threads split" : "has an open extent");
        if (loop.by > plan.units(level)) {
            user_error("loop {} goes by {}, but there are {}{}", name, loop.by, plan.units(level),
                       level == plan.nest.vector ? " vectors" : "");
        }
        plan.loops.push_back(level);
        plan.constant[level] = loop.unrolled;
        if (loop.by > 1) plan.tile.push_back({level, loop.by});
    }
    std::ranges::sort(plan.tile, {}, &Contraction::Block::level);
    for (const Loop& loop : text.inner) {
        const LevelId level = level_of(plan.nest, loop);
        if (loop.by > 1) user_error("loop {} is reduced: it goes by 1", plan.nest.name_of(level));
        if (loop.unrolled && is_open(plan.nest, level))
            user_error("loop {} has an open extent: it is not unrolled", plan.nest.name_of(level));
        if (!loop.unrolled && !plan.written_out.empty())
            user_error("loop {} stands inside one that is unrolled; it must be unrolled too, or stand outside",
                       plan.nest.name_of(level));
        (loop.unrolled ? plan.written_out : plan.reduced).push_back(level);
    }
    for (const LevelId level : plan.nest.whole.ids()) {
        const std::int64_t whole = plan.nest.whole[level];
        if (plan.count(level) % whole != 0)
            user_error("loop {} goes by {}, but the tile must hold a multiple of {} for what is computed with it",
                       plan.nest.name_of(level), plan.count(level), whole);
    }
    check_guards(plan);
    check_size(plan);
    return plan;
}

MetGuard met(const Contraction& plan, const Guard& guard) {
    const Nest& nest = plan.nest;
    bool known = guard.extent.per_batch == 0 && !uses(guard, nest.vector);
    LevelId innermost = -1;
    const auto is_written_out = [&](LevelId level) { return std::ranges::count(plan.written_out, level) > 0; };
    for (const LevelId level : nest.levels.ids()) {
        if (!uses(guard, level)) continue;
        known &= plan.constant[level] || is_written_out(level);
        if (std::ranges::count(plan.reduced, level) > 0) innermost = level;
    }
    if (known) return {GuardForm::known};
    const bool tiled = std::ranges::any_of(
        plan.tile, [&](Contraction::Block block) { return block.count > 1 && uses(guard, block.level); });
    const auto asks = [&](LevelId level) { return uses(guard, level); };
    const bool looped = innermost >= 0 && innermost != nest.vector && !uses(guard, nest.vector) && !tiled &&
                        std::ranges::none_of(plan.written_out, asks) &&
                        std::abs(guard.coefficients[innermost]) == 1;
    return looped ? MetGuard{GuardForm::bounds, innermost} : MetGuard{GuardForm::loads};
}

}  // namespace ricci::ir
