/// \file codegen/compiled_kernels.h
/// The machine code of a graph's kernels with what the runtime has to know of each, and its form on disk.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/emit/emitted_kernel.h"
#include "codegen/jit/target.h"
#include "ir/core/graph.h"

namespace ricci::codegen {

struct CompiledKernels {
    std::vector<EmittedKernel> kernels;  // in the order they run; equal ones name the same function
    std::vector<std::string> objects;    // ELF; together they define every kernel
};

std::string to_bytes(const CompiledKernels& code);
/// Nothing for bytes that to_bytes() did not make.
std::optional<CompiledKernels> from_bytes(std::string_view bytes);

/// Names all that machine code depends on, in 64 hex digits:
/// - the planned graph with its loops and the order of its values;
/// - the target;
/// - the versions of LLVM and of this build of Ricci.
/// "" if this build cannot be told from another one.
std::string key_of(const ir::Graph& planned, const Target& target);

}  // namespace ricci::codegen
