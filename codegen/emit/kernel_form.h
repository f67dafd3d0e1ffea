/// \file codegen/emit/kernel_form.h
/// When the machine code of one kernel does for another one. Internal to codegen.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "ir/core/planned_graph.h"
#include "ir/loops/kernel_plan.h"

namespace ricci::codegen {

/// The values that a kernel writes and reads in memory, each once, in the order in which its equations mention them.
std::vector<ir::ValueId> values_of(const ir::KernelSource& source);

/// For each kernel the first one that has the same code. That is itself, or an earlier one that differs only in the
/// names and places of its values. Equal kernels mention equal values in the same order.
std::vector<std::size_t> first_alike(const ir::PlannedGraph& planned, std::span<const ir::KernelSource* const> kernels);

}  // namespace ricci::codegen
