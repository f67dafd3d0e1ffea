// The sums of what tile_cost.h predicts, and what the equations behind a sum compute.
#include "passes/loops/predict_loops.h"

#include "ir/loops/prologue.h"
#include "passes/loops/tile_cost.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// Points of the levels, with the samples of a batch tile.
double points_of(const Nest& nest) {
    double points = 1;
    for (const Level& level : nest.levels) points *= static_cast<double>(level.extent.at(nest.counted_samples()));
    return points;
}

double cycles_of(const TileLoops& loops, const Machine& machine) {
    double cycles = contraction_cycles(loops.tile, factors_of(loops.tile.nest), machine);
    for (const EpilogueStep& step : loops.epilogue.steps) {
        const double vectors = points_of(step.nest) / loops.tile.nest.lanes;
        cycles += vectors * operations(step.nest.equation->body) / machine.multiply_adds_per_cycle;
    }
    return cycles;
}

}  // namespace

std::optional<double> predicted_cycles(const KernelPlan& plan, const Machine& machine) {
    if (plan.form != KernelPlan::Form::loops) return std::nullopt;
    double cycles = 0;
    for (const LoopStep& step : plan.steps) {
        if (const auto* tile = std::get_if<TileLoops>(&step.loops)) {
            cycles += cycles_of(*tile, machine);
        } else {
            cycles += plain_cycles(step.nest(), machine);
        }
    }
    return cycles;
}

double cycles_per_second(const Machine& machine) {
    const double flop_per_cycle = 2 * machine.multiply_adds_per_cycle * static_cast<double>(machine.f32_lanes);
    return machine.blas_flop_per_second / flop_per_cycle;
}

}  // namespace ricci::passes
