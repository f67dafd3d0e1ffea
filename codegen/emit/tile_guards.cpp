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

bool TileGuards::holds(const Point& point, const TilePlace& result) const {
    return std::ranges::all_of(known_, [&](const ir::Guard* guard) {
        std::int64_t number = guard->offset;
        for (const ir::LevelId i : point.ids()) {
            if (guard->coefficients[i] == 0) continue;
            const std::int64_t at = llvm::cast<llvm::ConstantInt>(point[i])->getSExtValue();
            number += guard->coefficients[i] * (at + offset(plan_, result, i));
        }
        return number >= 0 && number < guard->extent.fixed;
    });
}

}  // namespace ricci::codegen
