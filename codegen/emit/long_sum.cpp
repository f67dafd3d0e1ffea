// Kahan's summation over blocks: a block starts from what was lost when the one before was added.
#include "codegen/emit/long_sum.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/Module.h>

#include <algorithm>

#include "codegen/emit/reduction.h"

namespace ricci::codegen {

using llvm::Value;

std::optional<SumCut> cut_sum(const ir::Equation& equation, std::span<const ir::Size> rounds, std::int64_t inside,
                              BlockLengths lengths) {
    if (equation.reduce != ir::Reduce::sum || equation.body->dtype != f32) return std::nullopt;
    std::optional<SumCut> cut;
    std::int64_t terms = inside;  // of one round of the loop
    for (std::size_t loop = rounds.size(); loop-- > 0;) {
        const ir::Size extent = rounds[loop];
        const bool open = extent.per_batch != 0;
        const std::int64_t fit = std::max<std::int64_t>(lengths.block / terms, 1);
        if (!cut && (open || extent.fixed > fit)) cut = SumCut{loop, fit};
        if (open || extent.fixed > lengths.longest / terms) return cut;
        terms *= extent.fixed;
    }
    return std::nullopt;
}

Emitter::Carried BlockSums::start(const Carried& sums) const {
    Carried carried;
    for (Value* sum : sums) carried.push_back(llvm::Constant::getNullValue(sum->getType()));
    carried.insert(carried.end(), sums.begin(), sums.end());
    carried.push_back(e_.builder.getFalse());  // a block has been added
    return carried;
}

namespace {

/// A sum with one block more, and what rounding took from it: where the next block starts from (Kahan 1965).
struct Kahan {
    Value* sum;
    Value* lost;
};

Kahan add_block(llvm::IRBuilderBase& b, Value* before, Value* block) {
    Value* sum = b.CreateFAdd(before, block);
    Value* rest = b.CreateFAdd(b.CreateFSub(before, sum), block);
    // Of an infinite sum nothing is lost that a number could say.
    Value* infinity = llvm::ConstantFP::getInfinity(rest->getType());
    Value* size = b.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, rest);
    Value* zero = llvm::Constant::getNullValue(rest->getType());
    return {sum, b.CreateSelect(b.CreateFCmpOLT(size, infinity), rest, zero)};
}

}  // namespace

Emitter::Carried BlockSums::add(const Carried& carried, const std::function<Carried(const Carried&)>& block) const {
    const auto count = static_cast<std::ptrdiff_t>(carried.size() / 2);
    const Carried before(carried.begin(), carried.begin() + count);
    const Carried sums = block({carried.begin() + count, carried.end() - 1});
    // The first block is the sum: where it is the only one, nothing is added to the cost of a short sum.
    Carried first = sums;
    for (Value* sum : sums) first.push_back(llvm::Constant::getNullValue(sum->getType()));
    Carried next = e_.choose(
        carried.back(),
        [&] {
            llvm::IRBuilderBase& b = e_.builder;
            Carried all;
            Carried lost;
            for (std::size_t i = 0; i < sums.size(); ++i) {
                const Kahan step = add_block(b, before[i], sums[i]);
                all.push_back(step.sum);
                lost.push_back(step.lost);
            }
            all.insert(all.end(), lost.begin(), lost.end());
            return all;
        },
        first);
    next.push_back(e_.builder.getTrue());
    return next;
}

Emitter::Carried BlockSums::finish(const Carried& carried) const {
    return {carried.begin(), carried.begin() + static_cast<std::ptrdiff_t>(carried.size() / 2)};
}

Emitter::Carried BlockSums::add_parts(Value* first, Value* last, std::int64_t rounds, std::int64_t step,
                                      Carried carried, bool may_be_empty,
                                      const std::function<Carried(Value*, Value*, const Carried&)>& part) const {
    const std::int64_t length = rounds * step;
    return e_.loop(first, last, length, std::move(carried), may_be_empty, [&](Value* begin, const Carried& inside) {
        Value* end = e_.builder.CreateBinaryIntrinsic(llvm::Intrinsic::smin,
                                                      e_.builder.CreateNSWAdd(begin, e_.integer(length)), last);
        return add(inside, [&](const Carried& sums) { return part(begin, end, sums); });
    });
}

namespace {

/// The rounds of the shared loops in which an element is added to; nothing where they are few, or adding is exact.
std::optional<Value*> rounds_in_memory(Emitter& e, const ir::Nest& nest) {
    if (!nest.accumulates || nest.scatters || nest.equation->reduce != ir::Reduce::sum ||
        nest.equation->body->dtype != f32) {
        return std::nullopt;
    }
    Value* rounds = e.integer(1);
    std::int64_t known = 1;
    bool open = false;
    for (ir::LevelId level = 0; level < nest.first_own(); ++level) {
        const ir::Level& loop = nest.levels[level];
        if (!loop.reduced) continue;
        rounds = e.builder.CreateNSWMul(rounds, e.size(loop.extent));
        open = open || loop.extent.per_batch != 0;
        if (!open) known *= loop.extent.fixed;
    }
    if (!open && known <= kTileBlocks.longest) return std::nullopt;
    return rounds;
}

/// The number of the round that a point is in.
Value* round_number(Emitter& e, const ir::Nest& nest, const Point& point) {
    Value* number = e.integer(0);
    for (ir::LevelId level = 0; level < nest.first_own(); ++level) {
        const ir::Level& loop = nest.levels[level];
        if (!loop.reduced) continue;
        number = e.builder.CreateNSWMul(number, e.size(loop.extent));
        number = e.builder.CreateNSWAdd(number, point[level]);
    }
    return number;
}

}  // namespace

void begin_totals(Emitter& e, std::span<const Written> results) {
    llvm::IRBuilderBase& b = e.builder;
    for (const Written& result : results) {
        const std::optional<Value*> rounds = rounds_in_memory(e, *result.nest);
        if (!rounds) continue;
        const ir::ValueId value = result.nest->equation->result;
        ir::Size elements{1, 0};
        for (const ir::Axis& axis : e.graph.value(value).type.axes)
            elements = *ir::product(elements, ir::Size::of(axis.extent));
        Value* size = e.integer(static_cast<std::int64_t>(sizeof(float)));
        Value* number = e.integer(static_cast<std::int64_t>(e.totals.size()));
        Value* none = llvm::ConstantPointerNull::get(b.getPtrTy());
        Value* is_long = b.CreateICmpSGT(*rounds, e.integer(kTileBlocks.longest));
        e.totals[value] = e.choose(
            is_long,
            [&] {
                auto* type = llvm::FunctionType::get(b.getPtrTy(), {b.getInt64Ty(), b.getInt64Ty()}, false);
                Value* memory = b.CreateCall(e.module.getOrInsertFunction("ricci_scratch", type),
                                             {number, b.CreateNSWMul(e.size(elements), size)});
                e.when(b.CreateIsNotNull(memory), [&] {
                    Value* start = b.CreateGEP(b.getFloatTy(), memory, result.first);
                    b.CreateMemSet(start, b.getInt8(0), b.CreateNSWMul(b.CreateNSWSub(result.last, result.first), size),
                                   llvm::MaybeAlign(sizeof(float)));
                });
                return Emitter::Carried{memory};
            },
            {none})[0];
    }
}

void end_totals(Emitter& e, std::span<const Written> results) {
    llvm::IRBuilderBase& b = e.builder;
    for (const Written& result : results) {
        const ir::ValueId value = result.nest->equation->result;
        const auto memory = e.totals.find(value);
        if (memory == e.totals.end()) continue;
        e.when(b.CreateIsNotNull(memory->second), [&] {
            e.loop(result.first, result.last, 1, {}, true, [&](Value* i, const Emitter::Carried&) {
                Value* total = b.CreateLoad(b.getFloatTy(), b.CreateGEP(b.getFloatTy(), memory->second, i));
                llvm::LoadInst* block = b.CreateLoad(b.getFloatTy(), e.pointer(value, i));
                e.tag(block, value);
                e.tag(b.CreateStore(b.CreateFAdd(total, block), e.pointer(value, i)), value);
                return Emitter::Carried{};
            });
        });
    }
}

Value* add_to_result(Emitter& e, const ir::Nest& nest, const Point& point, const Lanes& lanes, Value* value) {
    llvm::IRBuilderBase& b = e.builder;
    if (lanes.width > 1) value = spread(e, value, lanes.width);
    Value* before = load(e, nest, nest.left, 0, point, lanes);
    const ir::ValueId result = nest.equation->result;
    if (const auto memory = e.totals.find(result); memory != e.totals.end()) {
        if (lanes.width > 1) before = spread(e, before, lanes.width);
        // A new block: what the last one came to is done.
        Value* round = round_number(e, nest, point);
        Value* begins = b.CreateICmpEQ(b.CreateURem(round, e.integer(kPlainBlocks.block)), e.integer(0));
        begins = b.CreateAnd(begins, b.CreateICmpNE(round, e.integer(0)));
        begins = b.CreateAnd(begins, b.CreateIsNotNull(memory->second));
        before = e.choose(begins,
                          [&] {
                              Value* own = e.redirect(result, memory->second);
                              Value* total = load(e, nest, nest.left, 0, point, lanes);
                              const Kahan step = add_block(b, total, before);
                              store(e, nest, nest.left, step.sum, point, lanes);
                              e.redirect(result, own);
                              return Emitter::Carried{step.lost};
                          },
                          {before})[0];
    }
    return combine(e, nest.equation->reduce, before, value);
}

}  // namespace ricci::codegen
