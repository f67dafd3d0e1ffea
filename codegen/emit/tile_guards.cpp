// Sorts the guards of a register tile by the cheapest way to meet each, and meets those that need no load to ask.
#include "codegen/emit/tile_guards.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>

#include <algorithm>
#include <cstdlib>

namespace ricci::codegen {
namespace {

using llvm::Value;

/// Narrows [first, last) to the numbers of the level for which the guard holds.
void narrow(Emitter& e, const Guard& guard, int level, const Point& point, Value*& first, Value*& last) {
    llvm::IRBuilderBase& b = e.builder;
    Value* rest = e.integer(guard.offset);
    for (std::size_t other = 0; other < point.size(); ++other) {
        if (guard.coefficients[other] == 0 || static_cast<int>(other) == level) continue;
        rest = b.CreateNSWAdd(rest, b.CreateNSWMul(point[other], e.integer(guard.coefficients[other])));
    }
    Value* extent = e.size(guard.extent);
    const bool rising = guard.coefficients[static_cast<std::size_t>(level)] > 0;
    // rising: -rest <= i < extent - rest; falling: rest - extent < i <= rest
    Value* low = rising ? b.CreateNSWNeg(rest) : b.CreateNSWAdd(b.CreateNSWSub(rest, extent), e.integer(1));
    Value* high = rising ? b.CreateNSWSub(extent, rest) : b.CreateNSWAdd(rest, e.integer(1));
    first = b.CreateBinaryIntrinsic(llvm::Intrinsic::smax, first, low);
    last = b.CreateBinaryIntrinsic(llvm::Intrinsic::smin, last, high);
}

/// How far a result lies from the tile's first along a level.
std::int64_t offset(const Contraction& plan, const TilePlace& result, int level) {
    for (std::size_t i = 0; i < result.size(); ++i) {
        if (plan.tile[i].level == level) return result[i];
    }
    return 0;
}

}  // namespace

TileGuards::TileGuards(const Contraction& plan) : plan_(plan), at_loads_(plan.nest) {
    const Nest& nest = plan.nest;
    for (std::size_t i = 0; i < nest.reads.size(); ++i) {
        std::vector<Guard>& left_over = at_loads_.reads[i].guards;
        left_over.clear();
        for (const Guard& guard : nest.reads[i].guards) {
            auto uses = [&](int level) { return guard.coefficients[static_cast<std::size_t>(level)] != 0; };
            auto known = [&](int level) { return plan.constant[static_cast<std::size_t>(level)]; };
            bool constant = guard.extent.per_batch == 0;
            int innermost = -1;
            for (int level = 0; level < static_cast<int>(nest.levels.size()); ++level) {
                if (!uses(level)) continue;
                constant &= known(level) || std::ranges::find(plan.written_out, level) != plan.written_out.end();
                if (std::ranges::find(plan.reduced, level) != plan.reduced.end()) innermost = level;
            }
            const bool tiled = std::ranges::any_of(
                plan.tile, [&](Contraction::Block block) { return block.count > 1 && uses(block.level); });
            const bool looped = innermost >= 0 && innermost != nest.vector && !uses(nest.vector) && !tiled &&
                                std::ranges::none_of(plan.written_out, uses) &&
                                std::abs(guard.coefficients[static_cast<std::size_t>(innermost)]) == 1;
            if (constant) {
                known_.push_back(&guard);
            } else if (looped) {
                bounds_.push_back({&guard, innermost});
            } else {
                left_over.push_back(guard);
            }
        }
    }
}

bool TileGuards::clip(Emitter& emitter, int level, const Point& point, Value*& first, Value*& last) const {
    bool bounded = false;
    for (const Bound& bound : bounds_) {
        if (bound.level == level) bounded = true, narrow(emitter, *bound.guard, level, point, first, last);
    }
    return bounded;
}

bool TileGuards::holds(const Point& point, const TilePlace& result) const {
    return std::ranges::all_of(known_, [&](const Guard* guard) {
        std::int64_t number = guard->offset;
        for (std::size_t i = 0; i < point.size(); ++i) {
            if (guard->coefficients[i] == 0) continue;
            const std::int64_t at = llvm::cast<llvm::ConstantInt>(point[i])->getSExtValue();
            number += guard->coefficients[i] * (at + offset(plan_, result, static_cast<int>(i)));
        }
        return number >= 0 && number < guard->extent.fixed;
    });
}

}  // namespace ricci::codegen
