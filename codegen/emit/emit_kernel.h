/// \file codegen/emit/emit_kernel.h
/// Emits one kernel as ir/loops/kernel_plan.h plans it.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "codegen/jit/target.h"
#include "ir/loops/kernel_plan.h"

namespace llvm {
class Module;
}

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

/// Adds the kernel's function `void name(ptr buffers, i64 batch, i64 begin, i64 end)` to the module; buffers are
/// those of EmittedKernel::values. \pre the graph is at stage loops or behind it, as ir/loops/tile_view.h shows it.
EmittedKernel emit_kernel(const ir::Graph& graph, const ir::KernelSource& source, const Target& target,
                          llvm::Module& module);

/// Adds a function that copies the value `from` over the value `to` of the same type.
EmittedKernel emit_copy(const ir::Graph& graph, const std::string& name, ir::ValueId to, ir::ValueId from,
                        llvm::Module& module);

}  // namespace ricci::codegen
