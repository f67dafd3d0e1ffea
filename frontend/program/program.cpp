// Cuts the part of a model out that a program needs.
#include "ricci/program.h"

#include <algorithm>

#include "frontend/model/model_state.h"
#include "frontend/program/internals.h"
#include "frontend/program/program_state.h"
#include "ir/print/print.h"

namespace ricci {

using detail::Internals;
using detail::ProgramState;

namespace {

Program finished(ProgramState program) {
    program.graph.compact();
    return Internals::program(std::make_shared<const ProgramState>(std::move(program)));
}

/// Keeps what the wanted values need; the rest, inputs and parameters too, is gone and ids are new.
ir::Graph slice(const ir::Graph& whole, const std::vector<ir::ValueId>& wanted) {
    ir::Graph graph = whole;
    ir::IdVector<ir::ValueId, bool> needed(graph.values.size(), false);
    for (ir::ValueId id : wanted) needed[id] = true;
    for (std::size_t i = graph.equations.size(); i-- > 0;) {
        const ir::Equation& equation = graph.equations[i];
        if (!needed[equation.result]) continue;
        for (const ir::Access* access : accesses(equation.body))
            needed[access->tensor] = true;
    }
    std::erase_if(graph.equations, [&](const ir::Equation& e) { return !needed[e.result]; });
    std::erase_if(graph.outputs, [&](const ir::Output& o) { return !needed[o.value]; });
    std::erase_if(graph.updates, [&](const ir::Update& u) { return !needed[u.source]; });
    // compact() keeps inputs, parameters and states whether or not anything reads them.
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
        if (!needed[i]) graph.values[i].role = ir::Role::temporary;
    }
    return graph;
}

/// Whether a value has the right type for a loss; says what is wrong with it when not.
void check_scalar(const char* what, const Tensor& of, const Location& where) {
    const ir::TensorType type = of.type();
    if (type.rank() != 0) {
        user_error(where, "{}: {} is {}, not one number; take its mean(...) or sum(...)", what, of.name(),
                   to_string(type));
    }
    if (!is_float(type.dtype)) {
        user_error(where, "{}: {} is {} and has no gradient; use f32 or f64", what, of.name(), to_string(type));
    }
}

/// The name, with a number where the program has an output of that name already.
std::string output_name(const ir::Graph& graph, const std::string& name) {
    auto taken = [&](const std::string& wanted) {
        return std::ranges::find(graph.outputs, wanted, &ir::Output::name) != graph.outputs.end() ||
               std::ranges::find(graph.gradients, wanted, &ir::GradientRequest::name) != graph.gradients.end();
    };
    std::string unique = name;
    for (int i = 2; taken(unique); ++i) unique = fmt::format("{}.{}", name, i);
    return unique;
}

std::vector<ir::ValueId> parameters_of(const ir::Graph& graph) {
    std::vector<ir::ValueId> parameters;
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
        if (graph.values[i].role == ir::Role::parameter) parameters.push_back(static_cast<ir::ValueId>(i));
    }
    return parameters;
}

}  // namespace

Program training_step(const Tensor& loss, const Optimizer& optimizer, std::source_location where) {
    Location location = Location::of(where);
    ProgramState program{{}, detail::common_model("training_step", {loss}, location)};
    check_scalar("training_step", loss, location);
    program.graph = slice(program.model->graph, {Internals::id(loss)});
    if (parameters_of(program.graph).empty()) {
        user_error(location, "training_step: {} depends on no parameter, so there is nothing to train", loss.name());
    }
    program.graph.outputs = {{"loss", Internals::id(loss)}};
    program.graph.training = detail::training_of(optimizer, Internals::id(loss));
    return finished(std::move(program));
}

Program forward(const std::vector<Tensor>& outputs, std::source_location where) {
    Location location = Location::of(where);
    if (outputs.empty()) user_error(location, "forward: no outputs; name at least one tensor");
    ProgramState program{{}, detail::common_model("forward", outputs, location)};
    std::vector<ir::ValueId> wanted;
    for (const Tensor& output : outputs) wanted.push_back(Internals::id(output));
    program.graph = slice(program.model->graph, wanted);
    program.graph.outputs.clear();
    for (const Tensor& output : outputs)
        program.graph.outputs.push_back({output_name(program.graph, output.name()), Internals::id(output)});
    return finished(std::move(program));
}

Program forward(const Model& model, std::source_location where) {
    const ir::Graph& graph = Internals::graph(model);
    if (graph.outputs.empty()) {
        user_error(Location::of(where), "forward: model \"{}\" has no outputs; name them with output(\"...\", tensor)",
                   model.name());
    }
    std::vector<ir::ValueId> wanted;
    for (const ir::Output& output : graph.outputs) wanted.push_back(output.value);
    ProgramState program{slice(graph, wanted), Internals::state(model)};
    return finished(std::move(program));
}

Program gradients(const Tensor& of, const std::vector<Tensor>& by, std::source_location where) {
    Location location = Location::of(where);
    std::vector<Tensor> all = by;
    all.insert(all.begin(), of);
    ProgramState program{{}, detail::common_model("gradients", all, location)};
    check_scalar("gradients", of, location);
    std::vector<ir::ValueId> wanted = {Internals::id(of)};
    for (const Tensor& one : by) {
        if (!is_float(one.dtype())) {
            user_error(location, "gradients: {} is {}; only floating-point values have a gradient", one.name(),
                       to_string(one.type()));
        }
        wanted.push_back(Internals::id(one));
    }
    program.graph = slice(program.model->graph, wanted);
    std::vector<ir::ValueId> variables(wanted.begin() + 1, wanted.end());
    if (by.empty()) variables = parameters_of(program.graph);
    program.graph.outputs = {{of.name(), Internals::id(of)}};
    for (ir::ValueId variable : variables) {
        std::string name = output_name(program.graph, "gradient." + program.graph.value(variable).name);
        program.graph.gradients.push_back({std::move(name), Internals::id(of), variable});
    }
    return finished(std::move(program));
}

std::string Program::text() const {
    return ir::print(state_->graph);
}

Program detail::program_of(ir::Graph graph) {
    return Internals::program(std::make_shared<const ProgramState>(ProgramState{std::move(graph), nullptr}));
}
const ir::Graph& detail::graph_of(const Program& program) {
    return Internals::state(program)->graph;
}

}  // namespace ricci
