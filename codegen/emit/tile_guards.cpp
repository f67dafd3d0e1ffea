// Meets the guards of a register tile that need no load to ask.
#include "codegen/emit/tile_guards.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>

#include <algorithm>

namespace ricci::codegen {
namespace {

using llvm::Value;

/// Narrows [first, last) to the numbers of the level for which the guard holds.
void narrow(Emitter& e, const ir::Guard& guard, ir::LevelId level, const Point& point, Value*& first, Value*& last) {
    llvm::IRBuilderBase& b = e.builder;
    Value* rest = e.integer(guard.offset);
    for (const ir::LevelId other : point.ids()) {
        if (guard.coefficients[other] == 0 || other == level) continue;
        rest = b.CreateNSWAdd(rest, b.CreateNSWMul(point[other], e.integer(guard.coefficients[other])));
    }
    Value* extent = e.size(guard.extent);
    const bool rising = guard.coefficients[level] > 0;
    // rising: -rest <= i < extent - rest; falling: rest - extent < i <= rest
    Value* low = rising ? b.CreateNSWNeg(rest) : b.CreateNSWAdd(b.CreateNSWSub(rest, extent), e.integer(1));
    Value* high = rising ? b.CreateNSWSub(extent, rest) : b.CreateNSWAdd(rest, e.integer(1));
    first = b.CreateBinaryIntrinsic(llvm::Intrinsic::smax, first, low);
    last = b.CreateBinaryIntrinsic(llvm::Intrinsic::smin, last, high);
}

/// How far a result lies from the tile's first along a level.
std::int64_t offset(const ir::Contraction& plan, const TilePlace& result, ir::LevelId level) {
    for (std::size_t i = 0; i < result.size(); ++i) {
        if (plan.tile[i].level == level) return result[i];
    }
    return 0;
}

}  // namespace

TileGuards::TileGuards(const ir::Contraction& plan) : plan_(plan), at_loads_(plan.nest) {
    for (std::size_t i = 0; i < plan.nest.reads.size(); ++i) {
        std::vector<ir::Guard>& left_over = at_loads_.reads[i].guards;
        left_over.clear();
        for (const ir::Guard& guard : plan.nest.reads[i].guards) {
            const ir::MetGuard how = ir::met(plan, guard);
            switch (how.form) {
                case ir::GuardForm::known:
                    known_.push_back(&guard);
                    break;
                case ir::GuardForm::bounds:
                    bounds_.push_back({&guard, how.level});
                    break;
                case ir::GuardForm::loads:
                    left_over.push_back(guard);
                    break;
            }
        }
    }
}

bool TileGuards::clip(Emitter& emitter, ir::LevelId level, const Point& point, Value*& first, Value*& last) const {
    bool bounded = false;
    for (const Bound& bound : bounds_) {
        if (bound.level == level) bounded = true, narrow(emitter, *bound.guard, level, point, first, last);
    }
    return bounded;
}

TileGuards::Rounds TileGuards::unbroken(ir::LevelId level, std::int64_t points, std::int64_t rounds) const {
    Rounds unbroken{0, rounds};
    bool guarded = false;
    for (const ir::Guard* guard : known_) {
        const std::int64_t step = guard->coefficients[level];
        if (step == 0) continue;
        guarded = true;
        // The least and the greatest number of the guard at point 0 of the level.
        std::int64_t least = guard->offset;
        std::int64_t greatest = guard->offset;
        for (const ir::LevelId other : guard->coefficients.ids()) {
            if (other == level || guard->coefficients[other] == 0) continue;
            const std::int64_t far = guard->coefficients[other] * (plan_.extent(other) - 1);
            (far < 0 ? least : greatest) += far;
        }
        const auto holds = [&](std::int64_t round) {
            const std::int64_t ends[] = {step * round * points, step * (round * points + points - 1)};
            return least + std::min(ends[0], ends[1]) >= 0 &&
                   greatest + std::max(ends[0], ends[1]) < guard->extent.fixed;
        };
        while (unbroken.first < unbroken.last && !holds(unbroken.first)) ++unbroken.first;
        while (unbroken.first < unbroken.last && !holds(unbroken.last - 1)) --unbroken.last;
    }
    if (!guarded || unbroken.last - unbroken.first < 2) return {rounds, rounds};
    return unbroken;
}

void TileGuards::leave_out(ir::LevelId level, bool left_out) {
    if (left_out_.empty()) left_out_.assign(plan_.nest.levels.size(), false);
    left_out_[level] = left_out;
}

bool TileGuards::holds(const Point& point, const TilePlace& result) const {
    return std::ranges::all_of(known_, [&](const ir::Guard* guard) {
        std::int64_t number = guard->offset;
        for (const ir::LevelId i : point.ids()) {
            if (guard->coefficients[i] == 0) continue;
            if (!left_out_.empty() && left_out_[i]) return true;
            const std::int64_t at = llvm::cast<llvm::ConstantInt>(point[i])->getSExtValue();
            number += guard->coefficients[i] * (at + offset(plan_, result, i));
        }
        return number >= 0 && number < guard->extent.fixed;
    });
}

}  // namespace ricci::codegen
