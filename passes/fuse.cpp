// The two steps of fusion, in their order.
#include "passes/fuse.h"

#include <algorithm>

#include "passes/inline_pointwise.h"
#include "passes/kernel_groups.h"

namespace ricci::passes {

ir::Graph fuse(const ir::Graph& graph, const Options& options, Remarks& remarks) {
    ir::Graph result = group_kernels(options.fuse ? inline_pointwise(graph, remarks) : graph, options.fuse, remarks);
    result.stage = std::max(result.stage, ir::Stage::kernels);
    return result;
}

}  // namespace ricci::passes
