// Work by equation, added up by kernel; what a kernel's equations pass to each other stays inside.
#include "frontend/cli/bench/roofline.h"

#include <set>

#include "ir/analysis/work.h"

namespace ricci::cli {

std::map<std::string, KernelNeeds> needs_of_kernels(const ir::Graph& graph, std::int64_t batch) {
    std::map<std::string, KernelNeeds> needs;
    std::map<std::string, std::set<ir::ValueId>> met;
    const ir::IdVector<ir::ValueId, ir::EquationId> producers = graph.producers();
    const ir::IdVector<ir::ValueId, std::vector<ir::EquationId>> read_by = graph.readers();
    const auto bytes_of = [&](ir::ValueId value) {
        const ir::TensorType& type = graph.value(value).type;
        return static_cast<double>(type.count(batch)) * static_cast<double>(size_of(type.dtype));
    };
    for (const ir::EquationId place : graph.equations.ids()) {
        const ir::Equation& equation = graph.equations[place];
        if (equation.kernel < 0) continue;
        const std::string& name = graph.kernels[equation.kernel].name;
        KernelNeeds& own = needs[name];
        own.product_flop += ir::work_of(graph, equation, batch).product_flop;
        std::set<ir::ValueId>& seen = met[name];
        for (const ir::Access* access : ir::accesses(equation.body)) {
            const ir::EquationId writer = producers[access->tensor];
            const bool inside = writer >= 0 && graph.equations[writer].kernel == equation.kernel;
            if (!inside && seen.insert(access->tensor).second) own.bytes += bytes_of(access->tensor);
        }
        bool leaves = read_by[equation.result].empty();
        for (const ir::EquationId reader : read_by[equation.result])
            leaves = leaves || graph.equations[reader].kernel != equation.kernel;
        if (leaves) own.bytes += bytes_of(equation.result);
    }
    return needs;
}

Bound bound_of(const KernelNeeds& needs, double flop_per_second, const passes::Machine& machine) {
    const bool cached = needs.bytes <= static_cast<double>(machine.l2_bytes);
    const double moving = needs.bytes / (cached ? machine.l2_bytes_per_second : machine.memory_bytes_per_second);
    const double multiplying = needs.product_flop / flop_per_second;
    if (multiplying >= moving) return {"multiply-adds", multiplying};
    return {cached ? "L2" : "memory", moving};
}

}  // namespace ricci::cli
