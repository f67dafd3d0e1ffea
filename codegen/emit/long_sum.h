/// \file codegen/emit/long_sum.h
/// Long sums of floats in blocks. Each block is summed by itself. The blocks are added up together with what rounding
/// took from their sum, so the error does not grow with the length.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "codegen/emit/emitter.h"
#include "codegen/emit/lanes.h"
#include "ir/loops/nest.h"

namespace ricci::codegen {

/// Terms that are added one after the other to one number.
struct BlockLengths {
    std::int64_t block;    // of a sum that is cut
    std::int64_t longest;  // of one that is not
};
inline constexpr BlockLengths kPlainBlocks = {256, 256};
/// A register tile stores and loads its sums between blocks, some ten cycles a sum.
inline constexpr BlockLengths kTileBlocks = {512, 1024};

/// Where the loops of a long sum are cut.
struct SumCut {
    std::size_t loop = 0;     // those outside of it run over whole blocks
    std::int64_t rounds = 1;  // rounds of that loop that make a block
};

/// The cut of a sum. `rounds`: of its loops, outermost first; an open number may be any. `inside`: terms in each round
/// of the last loop. Nothing for a sum that is short enough, and for another type than f32: it has digits to spare, or
/// no error. Source: Kahan 1965; Higham 1993, "The accuracy of floating point summation", for blocks.
std::optional<SumCut> cut_sum(const ir::Equation& equation, std::span<const ir::Size> rounds, std::int64_t inside,
                              BlockLengths lengths);

/// Several sums on their way from block to block, as a loop carries them. Each has the sum of the blocks so far, and
/// what the next block starts from.
class BlockSums {
  public:
    using Carried = Emitter::Carried;

    explicit BlockSums(Emitter& emitter) : e_(emitter) {}

    /// Sums of no block; each value is what a sum starts from.
    Carried start(const Carried& sums) const;
    /// With one more block, which `block` sums up from the values that it is given.
    Carried add(const Carried& carried, const std::function<Carried(const Carried&)>& block) const;
    /// The sums of all blocks.
    Carried finish(const Carried& carried) const;

    /// add() for every `rounds` steps of a loop from `first` to before `last`; `part` sums up a part of it.
    Carried add_parts(llvm::Value* first, llvm::Value* last, std::int64_t rounds, std::int64_t step, Carried carried,
                      bool may_be_empty,
                      const std::function<Carried(llvm::Value*, llvm::Value*, const Carried&)>& part) const;

  private:
    Emitter& e_;
};

/// Sums that a kernel adds up in memory, round by round of its shared loops. Where they are long, memory of the thread
/// takes what blocks of rounds come to: begin_totals() stands before the shared loops, end_totals() behind them.
struct Written {
    const ir::Nest* nest;
    llvm::Value *first, *last;  // numbers of the result's elements that this call writes
};
void begin_totals(Emitter& emitter, std::span<const Written> results);
void end_totals(Emitter& emitter, std::span<const Written> results);

/// The value combined with what the result holds at the point, by a nest that accumulates; the caller stores it.
llvm::Value* add_to_result(Emitter& emitter, const ir::Nest& nest, const Point& point, const Lanes& lanes,
                           llvm::Value* value);

}  // namespace ricci::codegen
