/// \file codegen/emit/emit_nest.h
/// Emits the loops of one equation as ir/loops/plain_loops.h plans them.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include "codegen/emit/lanes.h"
#include "codegen/emit/rows.h"
#include "ir/loops/plain_loops.h"

namespace ricci::codegen {

/// Emits all own loops of the plan at the builder's place. `shared` holds the numbers of the kernel's common loops.
void emit_plain_loops(Emitter& emitter, const ir::PlainLoops& plan, const Point& shared, const Rows& rows);

}  // namespace ricci::codegen
