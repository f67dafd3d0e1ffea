// Cuts the part of a model out that a program needs.
#include "ricci/program.h"

#include <algorithm>
#include <set>

#include "frontend/model/model_state.h"
#include "frontend/program/internals.h"
#include "frontend/program/program_state.h"
#include "frontend/program/scalar_check.h"
#include "ir/print/print.h"

namespace ricci {

using detail::Internals;
using detail::ProgramState;

namespace {

Program finished(ProgramState program) {
    program.graph.compact();
    return Internals::program(std::make_shared<const ProgramState>(std::move(program)));
}

/// What the wanted values read, directly or not.
ir::IdVector<ir::ValueId, bool> needed_by(const ir::Graph& graph, const std::vector<ir::ValueId>& wanted) {
    ir::IdVector<ir::ValueId, bool> needed(graph.values.size(), false);
    for (ir::ValueId id : wanted) needed[id] = true;
    for (std::size_t i = graph.equations.size(); i-- > 0;) {
        const ir::Equation& equation = graph.equations[i];
        if (!needed[equation.result]) continue;
        for (const ir::Access* access : accesses(equation.body)) needed[access->tensor] = true;
    }
    return needed;
}

/// Values may have an open batch and read no input that says how large it is: a gradient that is 1 for each sample. Then the
/// model's first input with a batch is needed.
void keep_the_batch(const ir::Graph& graph, ir::IdVector<ir::ValueId, bool>& needed) {
    ir::ValueId first = -1;
    bool is_open = false;
    for (const ir::ValueId id : graph.values.ids()) {
        const ir::Value& value = graph.value(id);
        if (!value.type.is_open()) continue;
        is_open = is_open || needed[id];
        if (value.role != ir::Role::input) continue;
        if (needed[id]) return;
        if (first < 0) first = id;
    }
    if (is_open && first >= 0) needed[first] = true;
}

/// Keeps what the wanted values need; the rest, inputs and parameters too, is gone and ids are new.
ir::Graph slice(const ir::Graph& whole, const std::vector<ir::ValueId>& wanted) {
    ir::Graph graph = whole;
    ir::IdVector<ir::ValueId, bool> needed = needed_by(graph, wanted);
    keep_the_batch(graph, needed);
    std::erase_if(graph.equations, [&](const ir::Equation& e) { return !needed[e.result]; });
    std::erase_if(graph.outputs, [&](const ir::Output& o) { return !needed[o.value]; });
    std::erase_if(graph.updates, [&](const ir::Update& u) { return !needed[u.source]; });
    // compact() keeps inputs, parameters and states whether or not anything reads them.
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
        if (!needed[i]) graph.values[i].role = ir::Role::temporary;
    }
    return graph;
}

/// The model with `training` known. The branches of a select that are not taken are gone.
ir::Graph read_as(const ir::Graph& model, bool training) {
    ir::Graph graph = model;
    const ir::ValueId known = graph.find(detail::kTraining);
    const bool is_asked = known >= 0 && graph.value(known).role == ir::Role::input && graph.value(known).type.dtype == boolean &&
                          graph.value(known).type.rank() == 0;
    if (!is_asked) return graph;
    const auto is_known = [&](const ir::ExprRef& node) {
        return node->form == ir::Expr::Form::access && node->access.tensor == known;
    };
    for (ir::Equation& equation : graph.equations) {
        equation.body = ir::rewrite(equation.body, [&](const ir::ExprRef& node) -> ir::ExprRef {
            const bool chooses = node->form == ir::Expr::Form::call && node->function == ir::Scalar::select;
            if (chooses && is_known(node->args[0])) return node->args[training ? 1 : 2];
            return nullptr;
        });
        equation.body = ir::rewrite(equation.body, [&](const ir::ExprRef& node) -> ir::ExprRef {
            return is_known(node) ? ir::constant(training ? 1 : 0, boolean) : nullptr;
        });
    }
    return graph;
}

/// The updates of the model's states that a step of this loss makes: those that need no other inputs.
std::vector<ir::Update> updates_beside(const ir::Graph& graph, ir::ValueId loss) {
    const auto of_loss = needed_by(graph, {loss});
    std::vector<ir::Update> updates;
    for (const ir::Update& update : graph.updates) {
        const auto of_update = needed_by(graph, {update.source});
        const bool more = std::ranges::any_of(graph.values.ids(), [&](ir::ValueId id) {
            return graph.value(id).role == ir::Role::input && of_update[id] && !of_loss[id];
        });
        if (!more) updates.push_back(update);
    }
    return updates;
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

/// Adds the output "gradient.NAME".
void request_gradient(ir::Graph& graph, ir::ValueId of, ir::ValueId by) {
    std::string name = output_name(graph, "gradient." + graph.value(by).name);
    graph.gradients.push_back({std::move(name), of, by});
}

/// Freezes all parameters but these, unless there are none.
void train_alone(ir::Training& training, const ir::Graph& graph, const std::vector<Tensor>& by, const Location& where) {
    std::set<ir::ValueId> changed;
    for (const Tensor& one : by) {
        const ir::ValueId id = Internals::id(one);
        if (graph.value(id).role != ir::Role::parameter) {
            user_error(where, "training_step: {} is no parameter of {}, so a step does not change it", one.name(),
                       graph.value(training.loss).name);
        }
        changed.insert(id);
    }
    if (by.empty()) return;
    for (const ir::ValueId id : parameters_of(graph)) {
        if (!changed.contains(id)) training.groups.push_back({graph.value(id).name, {{"frozen", 1}}});
    }
    for (const ir::ValueId id : changed) training.groups.push_back({graph.value(id).name, {{"frozen", 0}}});
}

}  // namespace

Program training_step(const Tensor& loss, const Optimizer& optimizer, std::source_location where) {
    return training_step(loss, optimizer, StepOptions{}, where);
}

Program training_step(const Tensor& loss, const Optimizer& optimizer, const StepOptions& options,
                      std::source_location where) {
    Location location = Location::of(where);
    std::vector<Tensor> all = {loss};
    for (const auto* more : {&options.outputs, &options.gradients, &options.by}) all.insert(all.end(), more->begin(), more->end());
    ProgramState program{{}, detail::common_model("training_step", all, location)};
    detail::check_scalar("training_step", loss, location);
    for (const Tensor& one : options.gradients) detail::check_variable("training_step", one, location);
    const ir::Graph model = read_as(program.model->graph, true);
    const std::vector<ir::Update> updates = updates_beside(model, Internals::id(loss));
    std::vector<ir::ValueId> wanted = {Internals::id(loss)};
    for (const auto* more : {&options.outputs, &options.gradients}) {
        for (const Tensor& one : *more) wanted.push_back(Internals::id(one));
    }
    for (const ir::Update& update : updates) wanted.insert(wanted.end(), {update.target, update.source});
    program.graph = slice(model, wanted);
    program.graph.updates = updates;
    if (parameters_of(program.graph).empty()) {
        user_error(location, "training_step: {} depends on no parameter, so there is nothing to train", loss.name());
    }
    program.graph.outputs = {{"loss", Internals::id(loss)}};
    for (const Tensor& one : options.outputs)
        program.graph.outputs.push_back({output_name(program.graph, one.name()), Internals::id(one)});
    for (const Tensor& one : options.gradients) request_gradient(program.graph, Internals::id(loss), Internals::id(one));
    program.graph.training = detail::training_of(optimizer, Internals::id(loss));
    train_alone(*program.graph.training, program.graph, options.by, location);
    return finished(std::move(program));
}

Program forward(const std::vector<Tensor>& outputs, std::source_location where) {
    Location location = Location::of(where);
    if (outputs.empty()) user_error(location, "forward: no outputs; name at least one tensor");
    ProgramState program{{}, detail::common_model("forward", outputs, location)};
    std::vector<ir::ValueId> wanted;
    for (const Tensor& output : outputs) wanted.push_back(Internals::id(output));
    program.graph = slice(read_as(program.model->graph, false), wanted);
    program.graph.outputs.clear();
    program.graph.updates.clear();
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
    ProgramState program{slice(read_as(graph, false), wanted), Internals::state(model)};
    program.graph.updates.clear();
    return finished(std::move(program));
}

Program gradients(const Tensor& of, const std::vector<Tensor>& by, std::source_location where) {
    Location location = Location::of(where);
    std::vector<Tensor> all = by;
    all.insert(all.begin(), of);
    ProgramState program{{}, detail::common_model("gradients", all, location)};
    detail::check_scalar("gradients", of, location);
    std::vector<ir::ValueId> wanted = {Internals::id(of)};
    for (const Tensor& one : by) {
        detail::check_variable("gradients", one, location);
        wanted.push_back(Internals::id(one));
    }
    program.graph = slice(read_as(program.model->graph, true), wanted);
    program.graph.updates.clear();
    std::vector<ir::ValueId> variables(wanted.begin() + 1, wanted.end());
    if (by.empty()) variables = parameters_of(program.graph);
    program.graph.outputs = {{of.name(), Internals::id(of)}};
    for (ir::ValueId variable : variables) request_gradient(program.graph, Internals::id(of), variable);
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
