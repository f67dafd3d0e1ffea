/// \file codegen/compile.h
/// The last stages: from a planned graph to LLVM IR, assembly, or a program that runs.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "codegen/jit/target.h"
#include "ir/core/graph.h"
#include "runtime/execute/executable.h"

namespace ricci::codegen {

struct Options {
    Target target = Target::host();
    int threads = 0;                // that compile kernels at the same time; 0: one a processor
    std::filesystem::path cache{};  // folder that keeps machine code for later runs (ObjectCache); empty: none
    std::string key{};              // key_of() the graph and the target, where somebody kept it; else it is made
    /// Called after each phase by the calling thread: "list kernels", "find alike", "emit", "llvm", "link", "prepare
    /// runs". With one thread, "emit" and "llvm" are those of all kernels.
    std::function<void(std::string_view phase)> observe{};
};

/// What the cache was good for in one compilation.
struct CacheUse {
    bool hit = false;    // nothing was compiled
    std::string remark;  // why an entry could not be read or kept, or ""
    std::string key;     // of the code; "" where none is kept
};

/// Compiles every kernel of a planned graph into this process. Slots have the place of their value in graph.values.
/// \throws UserError if the host cannot run the target's code; InternalError for a graph that breaks its stage's rules.
/// Cost: about 10 ms a kernel and thread; a few ms in all when the code is in the cache.
runtime::Executable compile(const ir::Graph& planned, const Options& options = {}, CacheUse* use = nullptr);

/// The kernels as LLVM IR after LLVM's passes.
std::string llvm_text(const ir::Graph& planned, const Options& options = {});

/// The kernels as assembly (AT&T syntax).
std::string assembly_text(const ir::Graph& planned, const Options& options = {});

}  // namespace ricci::codegen
