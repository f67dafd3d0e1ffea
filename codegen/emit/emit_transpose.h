/// \file codegen/emit/emit_transpose.h
/// Copies whose result is contiguous along one index and whose source along another, turned over in registers.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include "codegen/emit/emit_nest.h"

namespace ricci::codegen {

/// How a copy is cut into square blocks: a register of each row is read, and after log2(lanes) steps of shuffles a
/// register of each column is written.
struct Transpose {
    int row = -1;     // the level along which the result is contiguous: numbers the registers that are read
    int column = -1;  // the level along which the source is: numbers the registers that are written
    int lanes = 0;
};

/// Nothing where the equation does more than copy one value, or a block would be mostly empty. `vector_bytes`: of a
/// register.
std::optional<Transpose> plan_transpose(const ir::Graph& graph, const Nest& nest, int vector_bytes);

/// Emits all own loops of the nest at the builder's place. Only elements of the equation's points are read and written.
void emit_transpose(Emitter& emitter, const Nest& nest, const Transpose& plan, const Point& shared, const Rows& rows);

}  // namespace ricci::codegen
