// The graph of magnitudes of a function's program, compiled and called.
#include "tests/frontend/call_terms.h"

#include "passes/check/magnitudes.h"
#include "tests/frontend/function.h"

namespace ricci::testing {

ir::Arrays arrays_of(const Function& function, const Results& results) {
    const ir::Graph& graph = detail::graph_of(function);
    ir::Arrays all;
    for (std::size_t i = 0; i < graph.outputs.size(); ++i) all[graph.outputs[i].name] = to_array(results[i]);
    return all;
}

std::function<ir::Arrays()> terms_of(const Function& function, const std::vector<Array>& inputs) {
    passes::Remarks remarks;
    const ir::Graph step = passes::run_to(detail::asked_graph_of(function), ir::Stage::step, {}, remarks);
    ir::Arrays given;
    std::size_t met = 0;
    for (const ir::Value& value : step.values) {
        if (value.role == ir::Role::temporary) continue;
        given[value.name] = to_array(value.role == ir::Role::input ? inputs.at(met++) : function.parameters()[value.name]);
    }
    return [graph = passes::magnitude_graph(step), given] { return Compiled(graph)(given); };
}

}  // namespace ricci::testing
