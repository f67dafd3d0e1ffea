// The steps of fusion, in their order.
#include "passes/fusion/fuse.h"

#include <algorithm>

#include "passes/fusion/cut_sums.h"
#include "passes/fusion/inline_pointwise.h"
#include "passes/fusion/kernel_groups.h"
#include "passes/fusion/kernel_operands.h"
#include "passes/fusion/part_kernels.h"

namespace ricci::passes {

ir::Graph fuse(const ir::Graph& graph, const Options& options, Remarks& remarks) {
    ir::Graph result = options.fuse ? inline_pointwise(graph, remarks) : graph;
    result = group_kernels(result, options.fuse, options.machine, remarks);
    if (options.fuse) {
        result = join_operands(result, options.machine, remarks);
        result = part_kernels(result, options.machine, remarks);
        result = cut_sums(result, remarks);
    }
    result.stage = std::max(result.stage, ir::Stage::kernels);
    return result;
}

}  // namespace ricci::passes
