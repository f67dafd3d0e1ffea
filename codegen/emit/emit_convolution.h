/// \file codegen/emit/emit_convolution.h
/// Emits a convolution as one call of the runtime.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include "codegen/emit/emitted_kernel.h"
#include "ir/core/planned_graph.h"
#include "ir/loops/kernel_plan.h"

namespace llvm {
class Module;
}

namespace ricci::codegen {

/// The kernel of an equation that runs by a routine of the library.
EmittedKernel emit_convolution(const ir::PlannedGraph& planned, const ir::KernelSource& source, llvm::Module& module);

}  // namespace ricci::codegen
