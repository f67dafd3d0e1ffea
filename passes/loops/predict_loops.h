/// \file passes/loops/predict_loops.h
/// How long the loops of a kernel are predicted to take.
#pragma once

#include <optional>

#include "ir/loops/kernel_plan.h"
#include "passes/machine.h"

namespace ricci::passes {

/// Cycles of a call on one core, an open batch counted as Graph::typical_samples; nothing for a call of a library.
std::optional<double> predicted_cycles(const ir::KernelPlan& plan, const Machine& machine);

/// Cycles a second at which a core's multiply-adds reach the rate that the machine's SGEMM has.
double cycles_per_second(const Machine& machine);

}  // namespace ricci::passes
