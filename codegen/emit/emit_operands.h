/// \file codegen/emit/emit_operands.h
/// The factors that a register tile multiplies at one reduced point, for each of its results. A factor that several
/// results share is loaded or computed once.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include <map>
#include <vector>

#include "codegen/emit/lanes.h"
#include "codegen/emit/tile_guards.h"
#include "ir/loops/contraction.h"
#include "ir/loops/prologue.h"

namespace ricci::codegen {

/// Where the results of a tile lie from its first, by dimension of the tile in points of its level. They come in the order
/// of the tile. If that needs more than `registers`, they come in the order that keeps the fewest elements of factors until
/// they are met again.
/// \param sizes      of the tile
/// \param registers  0 keeps the order of the tile
std::vector<TilePlace> places_of(const ir::Contraction& plan, const std::vector<std::int64_t>& sizes, int registers);

/// A sum of what the prologue computes that is made on the way, where one of its elements is.
struct PrologueSum {
    const ir::Prologue::Sum* sum;
    TilePlace result;  // the first of those that the element of the operand goes into
};

/// The sums that a tile with these results makes on the way.
std::vector<PrologueSum> prologue_sums(const ir::Contraction& plan, const std::vector<TilePlace>& results);

class Operands {
  public:
    /// `guards` is the plan's nest with those guards only that each load has to ask.
    Operands(Emitter& emitter, const ir::Contraction& plan, const ir::Nest& guards);

    /// Goes to another reduced point. `point` are the numbers of the levels for the tile's first result.
    void move_to(const Point& point);

    /// sum + the product of a result.
    llvm::Value* accumulate(const TilePlace& result, const Lanes& lanes, llvm::Value* sum);

    /// What the prologue of the nest computes for a result, 0 in lanes that are no points.
    llvm::Value* computed(const TilePlace& result, const Lanes& lanes);

    /// Where a result's elements are, from where the first one's are.
    Point point_of(const TilePlace& result, Point first) const;

    /// Orders results and points by what the factor that changes most loads for them.
    std::int64_t place_of_load(const TilePlace& result) const;

  private:
    llvm::Value* loaded(std::size_t read, const TilePlace& result, const Lanes& lanes);

    Emitter& e_;
    const ir::Contraction& plan_;
    const ir::Nest& nest_;
    const ir::Nest& body_;
    const std::vector<ir::Factor> factors_;
    Point point_;
    using Key = std::vector<std::int64_t>;
    std::map<Key, llvm::Value*> loaded_;
    std::map<Key, llvm::Value*> computed_;
    std::vector<llvm::Value*> first_;  // by read: the number of the element of the first result
};

}  // namespace ricci::codegen
