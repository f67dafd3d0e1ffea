// Runs reverse mode on the model's own graph, and keeps the equations that it adds.
#include "ricci/gradient.h"

#include "frontend/model/attempt.h"
#include "frontend/model/internals.h"
#include "frontend/program/scalar_check.h"
#include "passes/gradient/differentiate.h"

namespace ricci {

using detail::Internals;

std::vector<Tensor> grad(const Tensor& of, const std::vector<Tensor>& by, std::source_location where) {
    const Location location = Location::of(where);
    std::vector<Tensor> all = by;
    all.insert(all.begin(), of);
    const std::shared_ptr<detail::ModelState> model = detail::common_model("grad", all, location);
    detail::check_scalar("grad", of, location);
    ir::Graph graph = model->graph;
    for (const Tensor& one : by) {
        detail::check_variable("grad", one, location);
        graph.gradients.push_back({one.name(), Internals::id(of), Internals::id(one)});
    }
    passes::Remarks remarks;
    graph = passes::differentiate(graph, {}, remarks);
    std::vector<ir::ValueId> found;
    for (std::size_t i = graph.outputs.size() - by.size(); i < graph.outputs.size(); ++i) found.push_back(graph.outputs[i].value);
    graph.outputs.resize(graph.outputs.size() - by.size());
    model->graph = std::move(graph);
    std::vector<Tensor> gradients;
    for (const ir::ValueId id : found) gradients.push_back(detail::tensor_of(model, id));
    return gradients;
}

Tensor grad(const Tensor& of, const Tensor& by, std::source_location where) {
    return grad(of, std::vector<Tensor>{by}, where).front();
}

}  // namespace ricci
