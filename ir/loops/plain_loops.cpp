// What a text says of plain loops, checked against what its equation allows.
#include "ir/loops/plain_loops.h"

#include <algorithm>

#include "ir/base/error.h"
#include "ir/loops/contraction.h"

namespace ricci::ir {

std::string_view why_no_plain_vector(const Nest& nest, LevelId vector, LevelId pair, int lanes) {
    const Level& level = nest.levels[vector];
    for (const LookedUp& one : nest.looked_up) {
        for (const LevelId along : {vector, pair}) {
            if (along == one.level) return "it is looked up, and has one point at a time";
            if (std::ranges::count(one.by, along) > 0) return "an id depends on it, and a vector has one row at a time";
        }
    }
    if (nest.scatters_by_ids() && level.reduced) return "ids say where its points go";
    if (nest.equation->reduce == Reduce::argmax && level.reduced) return "argmax asks for its numbers in turn";
    if (pair < 0) return "";
    const Level& inside = nest.levels[pair];
    if (inside.reduced != level.reduced) return "one of the pair is reduced and the other is not";
    if (inside.extent.per_batch != 0) return "the inner index of the pair has an open extent";
    if (inside.extent.fixed < 2 || lanes % inside.extent.fixed != 0)
        return "the lanes are no multiple of the extent of the pair's inner index";
    if (nest.accumulates && !level.reduced && !lanes_differ(nest, vector, pair))
        return "two lanes would add to one element";
    return "";
}

PlainLoops plain_loops_of(Nest nest, const LoopNest& text, LevelId split) {
    PlainLoops plan;
    plan.nest = std::move(nest);
    const Nest& made = plan.nest;
    plan.written_out.assign(made.levels.size(), false);
    if (made.vector >= 0) {
        const std::string_view why = why_no_plain_vector(made, made.vector, made.pair, made.lanes);
        if (!why.empty()) user_error("no vector lies along {}: {}", made.name_of(made.vector), why);
    }
    double spelled = 1;
    for (const std::vector<Loop>* loops : {&text.outer, &text.inner}) {
        for (const Loop& loop : *loops) {
            const LevelId level = level_of(made, loop);
            const std::string name = made.name_of(level);
            const Size extent = made.levels[level].extent;
            if (loop.by > 1) user_error("loop {} goes by {}: only loops of a register tile do", name, loop.by);
            if (loop.vector && &loop != &loops->back())
                user_error("vector {} is not the innermost of its loops", name);
            if (loop.unrolled && loop.look_up) user_error("loop {} is looked up, and has one point: it is not unrolled", name);
            if (loop.unrolled && (extent.per_batch != 0 || level == split)) {
                user_error("loop {} {}: it is not unrolled", name,
                           level == split ? "is what threads split" : "has an open extent");
            }
            const std::int64_t rounds = loop.vector ? (extent.fixed + plan.units() - 1) / plan.units() : extent.fixed;
            if (loop.unrolled) spelled *= static_cast<double>(rounds);
            plan.written_out[level] = loop.unrolled;
            if (loop.vector) continue;
            (loops == &text.outer ? plan.left : plan.reduced).push_back(level);
        }
    }
    for (const LookedUp& one : made.looked_up) {
        for (const std::vector<LevelId>* loops : {&plan.left, &plan.reduced}) {
            const auto own = std::ranges::find(*loops, one.level);
            const auto behind = std::find_first_of(own, loops->end(), one.by.begin(), one.by.end());
            if (behind == loops->end()) continue;
            user_error("{} is looked up by an id of {}: its loop stands inside that one", made.name_of(one.level),
                       made.name_of(*behind));
        }
    }
    if (spelled > kMostPointsSpelledOut)
        user_error("what is unrolled spells out {} points; {} is the most", spelled, kMostPointsSpelledOut);
    return plan;
}

}  // namespace ricci::ir
