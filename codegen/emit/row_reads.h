/// \file codegen/emit/row_reads.h
/// What a kernel writes, and what it reads row by row: from this the runtime sees which kernels may run side by side.
/// Internal to codegen.
#pragma once

#include <vector>

#include "ir/loops/kernel_plan.h"

namespace ricci::codegen {

/// The values that the kernel writes.
std::vector<ir::ValueId> written_by(const ir::KernelSource& source);

/// The values outside the kernel of which its rows [begin, end) read rows [begin, end) alone; `rows` is how many rows
/// it has. With one row, all that it reads.
std::vector<ir::ValueId> read_by_rows(const ir::Graph& graph, const ir::KernelSource& source, std::int64_t rows);

}  // namespace ricci::codegen
