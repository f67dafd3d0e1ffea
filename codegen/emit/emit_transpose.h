/// \file codegen/emit/emit_transpose.h
/// Emits copies that are turned over in registers, as ir/loops/transpose.h plans them.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include "codegen/emit/lanes.h"
#include "codegen/emit/rows.h"
#include "ir/loops/transpose.h"

namespace ricci::codegen {

/// Emits all own loops of the nest at the builder's place. Only elements of the equation's points are read and written.
void emit_transpose(Emitter& emitter, const ir::Nest& nest, const ir::Transpose& plan, const Point& shared, const Rows& rows);

}  // namespace ricci::codegen
