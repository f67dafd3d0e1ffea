/// \file passes/loops/transpose.h
/// Copies whose result is contiguous along one index and whose source along another. A plan only: no LLVM here.
#pragma once

#include <optional>

#include "passes/loops/nest.h"

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

}  // namespace ricci::codegen
