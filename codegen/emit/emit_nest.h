/// \file codegen/emit/emit_nest.h
/// Emits the loops of one equation as ir/loops/plain_loops.h plans them, and what results start from.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include <utility>

#include "codegen/emit/lanes.h"
#include "ir/loops/plain_loops.h"

namespace ricci::codegen {

/// Rows of the outermost own level that this call of the kernel does; null for all.
struct Rows {
    llvm::Value* first = nullptr;
    llvm::Value* last = nullptr;
};

/// Emits all own loops of the plan at the builder's place. `shared` holds the numbers of the kernel's common loops.
void emit_plain_loops(Emitter& emitter, const ir::PlainLoops& plan, const Point& shared, const Rows& rows);

/// The elements of a result that `rows` of its outermost axis cover: the number of the first, and of the one behind the
/// last. Null rows: all of the result.
std::pair<llvm::Value*, llvm::Value*> elements_of(Emitter& emitter, ir::ValueId value, const Rows& rows);

/// Sets a result to its reduction's identity, which its nest starts from. It sets the part that `rows` of the outermost
/// axis cover; null rows: all of it. A partial sum keeps what earlier tiles left.
void emit_identity(Emitter& emitter, const ir::Nest& nest, const Rows& rows);

}  // namespace ricci::codegen
