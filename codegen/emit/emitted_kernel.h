/// \file codegen/emit/emitted_kernel.h
/// What becomes of a kernel. Internal to codegen.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ir/core/expr.h"

namespace ricci::codegen {

/// FLOP of a call of the runtime that count as one unit of EmittedKernel::cost: a vector of them.
inline constexpr double kFlopOfCost = 16;

/// What the runtime has to know to call it; see runtime::Kernel.
struct EmittedKernel {
    std::string name;  // of the function
    std::int64_t parallel_extent = 1;
    std::int64_t grain = 0;
    double cost = 0;
    std::vector<ir::ValueId> values = {};  // whose addresses its buffers are, in this order
};

}  // namespace ricci::codegen
