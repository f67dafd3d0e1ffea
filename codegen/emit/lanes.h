/// \file codegen/emit/lanes.h
/// Loads and stores of the elements that one vector of points touches, whatever their pattern.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include <vector>

#include "codegen/emit/emitter.h"
#include "ir/loops/nest.h"

namespace ricci::codegen {

/// The points that one evaluation of a body covers: `width` lanes along the nest's vector, from the level values on.
struct Lanes {
    int width = 1;                  // 1: a single point, in scalar registers
    llvm::Value* active = nullptr;  // how many lanes, from the first on, are points (i64); null for all
};

/// The numbers of the levels at the first lane. With a pair, the pair level's is 0 and the vector level's counts
/// groups.
using Point = ir::IdVector<ir::LevelId, llvm::Value*>;

/// A load gives a scalar when all lanes read one element, else a vector of lanes.width. Lanes that are not active give
/// `pad`, and so do reads outside a padded tensor. It is 0 where the access has none.
llvm::Value* load(Emitter& emitter, const ir::Nest& nest, const ir::Stream& stream, const ir::Number& pad, const Point& point,
                  const Lanes& lanes);

/// The number of the stream's element at a point, in its buffer.
llvm::Value* element_number(Emitter& emitter, const ir::Stream& stream, const Point& point);

/// The same load from a number that is known, of a stream without guards.
llvm::Value* load_at(Emitter& emitter, const ir::Nest& nest, const ir::Stream& stream, llvm::Value* number, const Lanes& lanes,
                     const ir::Number& pad = {}, llvm::Value* condition = nullptr);

/// Stores the active lanes; those outside a clipped left are dropped.
void store(Emitter& emitter, const ir::Nest& nest, const ir::Stream& stream, llvm::Value* value, const Point& point,
           const Lanes& lanes);

/// <width x i1>: lane l is `l * step < active`; null when all lanes are active.
llvm::Value* active_mask(Emitter& emitter, const Lanes& lanes, int width, int step = 1);

/// A level's number in each lane: a scalar where all lanes agree, else <width x i64>.
llvm::Value* level_number(Emitter& emitter, const ir::Nest& nest, ir::LevelId level, const Point& point,
                          const Lanes& lanes);

/// A scalar repeated in all lanes; a vector as it is.
llvm::Value* spread(Emitter& emitter, llvm::Value* value, int width);

/// Reads `width` elements from `from` on, by registers of the target; lanes where `mask` is false give `otherwise`. Null
/// mask: all lanes.
llvm::Value* masked_load(Emitter& emitter, llvm::Type* element, int width, llvm::Value* from, llvm::Value* mask,
                         llvm::Value* otherwise, ir::ValueId of);

/// Writes the lanes where `mask` is true, by registers of the target.
void masked_store(Emitter& emitter, llvm::Value* value, llvm::Value* to, llvm::Value* mask, ir::ValueId of);

}  // namespace ricci::codegen
