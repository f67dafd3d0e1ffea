/// \file codegen/emit/emit_contraction.h
/// Emits the loops of a sum of products as contraction.h plans them.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include "codegen/emit/lanes.h"
#include "codegen/emit/rows.h"
#include "ir/loops/epilogue.h"

namespace ricci::codegen {

/// Emits all own loops of the plan's nest at the builder's place, as emit_plain_loops does.
void emit_contraction(Emitter& emitter, const ir::Contraction& plan, const Point& shared, const Rows& rows,
                      const ir::Epilogue* epilogue = nullptr);

}  // namespace ricci::codegen
