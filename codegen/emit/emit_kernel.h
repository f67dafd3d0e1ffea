/// \file codegen/emit/emit_kernel.h
/// Emits one kernel: a loop nest, several that share outer loops, or calls of BLAS.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "codegen/jit/target.h"
#include "ir/core/graph.h"
#include "passes/loops/contraction.h"

namespace llvm {
class Module;
}

namespace ricci::codegen {

/// Consecutive equations of a graph that run as one function.
struct KernelSource {
    std::string name;  // the symbol: "lenet5.conv1.tail"
    std::vector<const ir::Equation*> equations;
    std::vector<std::string> loops;  // names of the shared loops, outermost first
};

/// FLOP of a call of the runtime that count as one unit of EmittedKernel::cost: a vector of them.
inline constexpr double kFlopOfCost = 16;

/// What the runtime has to know to call it; see runtime::Kernel.
struct EmittedKernel {
    std::string name;  // of the function
    std::int64_t parallel_extent = 1;
    std::int64_t grain = 0;
    double cost = 0;
    std::vector<ir::ValueId> values = {};   // whose addresses its buffers are, in this order
    std::vector<std::string> remarks = {};  // of its code, for people
};

/// The kernels of a graph in the order they run: its groups, and each equation outside one by itself.
std::vector<KernelSource> kernels_of(const ir::Graph& graph);

/// What the batch tile of a kernel has room for; 0 outside of tiles.
std::int64_t samples_of(const ir::Graph& graph, const KernelSource& source);

/// Adds the kernel's function `void name(ptr buffers, i64 batch, i64 begin, i64 end)` to the module; buffers are
/// those of EmittedKernel::values. `machine`: what the target is to the cost model. `plan` chooses the register
/// tiles of contractions.
EmittedKernel emit_kernel(const ir::Graph& graph, const KernelSource& source, const Target& target,
                          const passes::Machine& machine, llvm::Module& module,
                          const ContractionPlanner& plan = plan_contraction);

/// True for an equation that match-gemm named, save where its form sums samples and other indices as one: in a batch
/// tile only some of the samples are there.
bool is_gemm(const ir::Graph& graph, const KernelSource& source);

/// The same for an equation that is_gemm.
EmittedKernel emit_gemm(const ir::Graph& graph, const KernelSource& source, llvm::Module& module);

/// The same for an equation that lower-conv2d gave a method of the runtime.
EmittedKernel emit_convolution(const ir::Graph& graph, const KernelSource& source, llvm::Module& module);

/// Adds a function that copies the value `from` over the value `to` of the same type.
EmittedKernel emit_copy(const ir::Graph& graph, const std::string& name, ir::ValueId to, ir::ValueId from,
                        llvm::Module& module);

}  // namespace ricci::codegen
