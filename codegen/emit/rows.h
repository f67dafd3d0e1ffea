/// \file codegen/emit/rows.h
/// The rows of its results that one call of a kernel does, and what they start from.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include <utility>

#include "codegen/emit/emitter.h"
#include "ir/loops/nest.h"

namespace ricci::codegen {

/// Rows of the outermost own level that this call of the kernel does; null for all.
struct Rows {
    llvm::Value* first = nullptr;
    llvm::Value* last = nullptr;
};

/// The elements of a result that `rows` of its outermost axis cover: the number of the first, and of the one behind the
/// last. Null rows: all of the result.
std::pair<llvm::Value*, llvm::Value*> elements_of(Emitter& emitter, ir::ValueId value, const Rows& rows);

/// Sets a result to its reduction's identity, which its nest starts from. It sets the part that `rows` of the outermost
/// axis cover; null rows: all of it. A partial sum keeps what earlier tiles left.
void emit_identity(Emitter& emitter, const ir::Nest& nest, const Rows& rows);

}  // namespace ricci::codegen
