// The rule about the loops of kernels: whatever code generation could not write is refused here, with the reason.
#include "ir/verify/verify_loops.h"

#include "ir/loops/kernel_plan.h"
#include "ir/loops/tile_view.h"

namespace ricci::ir {
void check_loops(Report& report) {
    const Graph& graph = report.graph();
    if (graph.stage < Stage::loops) {
        for (const KernelGroup& kernel : graph.kernels) {
            if (!kernel.nests.empty() || !kernel.split.empty())
                report.add("V24", Location{}, "kernel {} has loops at stage {}", kernel.name, name_of(graph.stage));
        }
        return;
    }
    const Graph view = tile_view(graph);
    const Uses uses(view);
    for (const KernelSource& kernel : kernels_of(view)) {
        try {
            plan_of(view, uses, kernel);
        } catch (const RefusedLoops& refused) {
            report.add("V24", refused.where, "{}", refused.what());
        }
    }
}

}  // namespace ricci::ir
