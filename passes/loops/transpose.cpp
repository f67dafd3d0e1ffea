// The two levels of a copy that a block is turned over along.
#include "passes/loops/transpose.h"

namespace ricci::codegen {

std::optional<Transpose> plan_transpose(const ir::Graph& graph, const Nest& nest, int vector_bytes) {
    const ir::Equation& equation = *nest.equation;
    const ir::ExprRef& body = equation.body;
    if (equation.reduce != ir::Reduce::none || nest.accumulates) return std::nullopt;
    if (body->form != ir::Expr::Form::access || nest.reads.size() != 1) return std::nullopt;
    const Stream& source = nest.reads[0];
    if (!source.guards.empty() || !nest.left.guards.empty()) return std::nullopt;
    const auto bytes = static_cast<int>(size_of(graph.value(source.value).type.dtype));
    if (bytes < 4) return std::nullopt;

    Transpose plan;
    plan.lanes = vector_bytes / bytes;
    for (int level = nest.shared; level < static_cast<int>(nest.levels.size()); ++level) {
        const auto i = static_cast<std::size_t>(level);
        const ir::Size one{1, 0};
        const ir::Size none{0, 0};
        const ir::Size extent = nest.levels[i].extent;
        if (extent.per_batch == 0 && extent.fixed * 2 < plan.lanes) continue;
        if (nest.left.strides[i] == one && source.strides[i] != one && source.strides[i] != none) plan.row = level;
        if (source.strides[i] == one && nest.left.strides[i] != one) plan.column = level;
    }
    if (plan.row < 0 || plan.column < 0) return std::nullopt;
    return plan;
}

}  // namespace ricci::codegen
