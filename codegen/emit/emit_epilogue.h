/// \file codegen/emit/emit_epilogue.h
/// Emits what epilogue.h plans for the results of one register tile.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include "codegen/emit/lanes.h"
#include "ir/loops/epilogue.h"

namespace ricci::codegen {

/// One result of a tile, in a register.
struct TileResult {
    ir::IdVector<ir::LevelId, std::int64_t> offset;  // by level of the left, from the first point of the tile
    Lanes lanes;
    llvm::Value* value = nullptr;
};

/// Computes all steps from the results of a tile, which hold whole windows. It goes window by window: few registers are
/// then in use beside the results that wait. `first`: the numbers of the left's levels at the tile's first point.
void emit_epilogue(Emitter& emitter, const ir::Epilogue& epilogue, const Point& first,
                   const std::vector<TileResult>& results);

}  // namespace ricci::codegen
