/// \file passes/loops/plain_loops.h
/// Loops of one equation that is neither a register tile nor a transpose: one vector of points after the other. A plan
/// only: no LLVM here.
#pragma once

#include <vector>

#include "passes/loops/nest.h"

namespace ricci::codegen {

/// Vectors of a level that are written out at the most.
inline constexpr std::int64_t kMostVectorsWrittenOut = 4;

struct PlainLoops {
    Nest nest;                      // with the vector chosen
    std::vector<int> left;          // own levels of the left that are loops of single points, outermost first
    std::vector<int> reduced;       // those that are reduced
    std::vector<bool> written_out;  // by level: its points stand one after the other

    /// Points of the vector level in one vector.
    std::int64_t units() const { return nest.lanes / nest.pair_extent(); }
};

/// Writes loops out, innermost first, while the code stays small. `split`: a level that a call does a part of, which
/// stays a loop; -1 for none.
PlainLoops plan_plain_loops(const Nest& nest, int split);

}  // namespace ricci::codegen
