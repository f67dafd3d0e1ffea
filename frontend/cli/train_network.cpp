// Finds loss, labels and predicted classes of a model to train.
#include "frontend/cli/train_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "frontend/cli/dropout_option.h"
#include "frontend/cli/streams.h"
#include "frontend/model/model_state.h"
#include "frontend/program/internals.h"
#include "ir/base/error.h"
#include "ricci/layers.h"
#include "ricci/model_text.h"
#include "ricci/program.h"

namespace ricci::cli {
namespace {

using detail::Internals;

constexpr std::int64_t kMostBytes = std::int64_t{1} << 28;  // bytes of a text

/// The inputs that the values need, by their names, in the order of the model.
std::vector<std::string> inputs_of(const Program& program) {
    std::vector<std::string> names;
    for (const ir::Value& value : detail::graph_of(program).values) {
        if (value.role == ir::Role::input) names.push_back(value.name);
    }
    return names;
}

bool is_whole(const ir::Value& value) {
    return value.type.dtype == i32 || value.type.dtype == i64;
}

/// The value that an output of this name gives, or -1.
ir::ValueId output_called(const ir::Graph& graph, std::string_view name) {
    const auto found = std::ranges::find(graph.outputs, name, &ir::Output::name);
    return found == graph.outputs.end() ? -1 : found->value;
}

/// Logits: the output of that name, else the only output of floats with a class axis, else -1.
ir::ValueId logits_of(const ir::Graph& graph) {
    const auto fits = [&](ir::ValueId id) {
        const ir::TensorType& type = graph.value(id).type;
        return ricci::is_float(type.dtype) && type.rank() >= 2 && type.axis_of(ir::kinds::classes());
    };
    if (const ir::ValueId named = output_called(graph, "logits"); named >= 0 && fits(named)) return named;
    std::vector<ir::ValueId> found;
    for (const ir::Output& output : graph.outputs) {
        if (fits(output.value)) found.push_back(output.value);
    }
    return found.size() == 1 ? found[0] : -1;
}

/// The predicted classes that the text puts out, or those of its logits.
std::optional<Tensor> predicted_of(Model& model) {
    const std::shared_ptr<detail::ModelState>& state = Internals::state(model);
    const ir::ValueId named = output_called(state->graph, "predicted");
    if (named >= 0 && is_whole(state->graph.value(named))) return detail::tensor_of(state, named);
    const ir::ValueId logits = logits_of(state->graph);
    if (logits < 0) return std::nullopt;
    return argmax(detail::tensor_of(state, logits), classes);
}

TrainNetwork of_text(const std::string& file) {
    const std::string name = file == "-" ? "standard input" : file;
    ModelText text = file == "-" ? parse_model(read_input(kMostBytes), name) : read_model(file);
    if (!text.loss) {
        user_error("{}: there is no loss to train: call a value or an output \"loss\", or write \"train VALUE with "
                   "sgd(learning_rate = 0.05)\"", name);
    }
    Tensor loss = *text.loss;
    const std::vector<std::string> needed = inputs_of(training_step(loss, optimizer_of({}, text.optimizer)));
    std::optional<Tensor> predicted = predicted_of(text.model);
    std::vector<std::string> of_use;
    if (predicted) of_use = inputs_of(forward({*predicted}));
    const ir::Graph& graph = Internals::graph(text.model);
    std::optional<Tensor> labels;
    std::vector<Tensor> inputs;
    for (const std::string& input : needed) {
        const ir::ValueId id = graph.find(input);
        const bool is_used = std::ranges::find(of_use, input) != of_use.end();
        if (!labels && is_whole(graph.value(id)) && !is_used) {
            labels = detail::tensor_of(Internals::state(text.model), id);
        } else {
            inputs.push_back(detail::tensor_of(Internals::state(text.model), id));
        }
    }
    if (inputs.empty())
        user_error("{}: {} depends on no input but labels, so there is nothing to learn from data", name, loss.name());
    if (labels && !predicted) {
        user_error(
            "{}: {} are labels, but no output says which classes are predicted: write \"output logits\" for floats "
            "with an axis of kind class, or \"output predicted\" for whole numbers",
            name, labels->name());
    }
    if (!labels) predicted.reset();
    return {.model = text.model, .inputs = inputs, .loss = loss, .labels = labels, .predicted = predicted,
            .optimizer = text.optimizer};
}

TrainNetwork of_name(const TrainOptions& given, const FoundData& data) {
    Network made = registered_model(given.model).build({.dtype = *dtype_named(given.dtype), .classes = data.classes()});
    return {.model = made.model,
            .inputs = made.inputs,
            .loss = made.loss,
            .labels = made.labels,
            .predicted = made.predicted};
}

}  // namespace

std::vector<Field> TrainNetwork::fields() const {
    std::vector<Field> fields;
    for (const Tensor& input : inputs) fields.push_back({input.name(), input.type()});
    if (labels) fields.push_back({labels->name(), labels->type()});
    return fields;
}

TrainNetwork network_of(const TrainOptions& given, const FoundData& data) {
    TrainNetwork network = given.is_file() ? of_text(given.model) : of_name(given, data);
    if (!given.dropout) return network;
    if (set_dropout(network.model, *given.dropout) == 0 && *given.dropout > 0)
        user_error("option --dropout is {}, but {} has no dropout", *given.dropout, given.model);
    return network;
}

}  // namespace ricci::cli
