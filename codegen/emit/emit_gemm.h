/// \file codegen/emit/emit_gemm.h
/// Emits a contraction as calls of BLAS.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include "codegen/emit/emitted_kernel.h"
#include "ir/core/planned_graph.h"
#include "ir/loops/kernel_plan.h"

namespace llvm {
class Module;
}

namespace ricci::codegen {

/// The kernel of an equation that runs by blas, see KernelPlan::Form.
EmittedKernel emit_gemm(const ir::PlannedGraph& planned, const ir::KernelSource& source, const ir::KernelPlan& plan,
                        llvm::Module& module);
/// The same of a product of bf16, with a call of the runtime's routine for it in place of BLAS.
EmittedKernel emit_bf16_gemm(const ir::PlannedGraph& planned, const ir::KernelSource& source, const ir::KernelPlan& plan,
                             llvm::Module& module);

}  // namespace ricci::codegen
