/// \file ir/loops/transpose.h
/// Copies whose result is contiguous along one index and whose source along another.
#pragma once

#include <string_view>
#include <vector>

#include "ir/core/loops.h"
#include "ir/loops/nest.h"

namespace ricci::ir {

/// How a copy is cut into square blocks. A register of each row is read, and log2(lanes) steps shuffle them. Then a
/// register of each column is written.
struct Transpose {
    LevelId row = -1;            // the level along which the result is contiguous: numbers the registers that are read
    LevelId column = -1;         // the level along which the source is: numbers the registers that are written
    int lanes = 0;
    std::vector<LevelId> outer;  // the other own levels, outermost first
};

/// Why a nest is no copy that can be turned over in registers; "" when it is.
std::string_view why_no_transpose(const Graph& graph, const Nest& nest);
/// Whether a level can number the rows, or the columns, of such a copy.
bool is_row(const Nest& nest, LevelId level);
bool is_column(const Nest& nest, LevelId level);

/// The transpose that the text says. \throws UserError with the reason when it is none.
Transpose transpose_of(const Graph& graph, const Nest& nest, const LoopNest& text);

}  // namespace ricci::ir
