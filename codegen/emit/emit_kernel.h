/// \file codegen/emit/emit_kernel.h
/// Emits one kernel as ir/loops/kernel_plan.h plans it.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include <string>

#include "codegen/emit/emitted_kernel.h"
#include "codegen/jit/target.h"
#include "ir/core/planned_graph.h"
#include "ir/loops/kernel_plan.h"

namespace llvm {
class Module;
}

namespace ricci::codegen {

/// Adds the kernel's function `void name(ptr buffers, i64 batch, i64 begin, i64 end)` to the module; buffers are
/// those of EmittedKernel::values. \pre the graph is at stage loops or behind it, as ir/loops/tile_view.h shows it.
EmittedKernel emit_kernel(const ir::PlannedGraph& planned, const ir::KernelSource& source, const Target& target,
                          llvm::Module& module);

/// Adds a function that copies the value `from` over the value `to` of the same type.
EmittedKernel emit_copy(const ir::PlannedGraph& planned, const std::string& name, ir::ValueId to, ir::ValueId from,
                        llvm::Module& module);

}  // namespace ricci::codegen
