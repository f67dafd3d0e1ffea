// Finds loss, labels and predicted classes of a model that a text says.
#include "frontend/cli/text_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "frontend/cli/streams.h"
#include "frontend/cli/train/optimizer_option.h"
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

/// The outputs that need no labels.
std::vector<Tensor> outputs_without(Model& model, const std::optional<Tensor>& labels, const Tensor& loss) {
    const std::shared_ptr<detail::ModelState>& state = Internals::state(model);
    const std::vector<ir::Output> outputs = state->graph.outputs;
    std::vector<Tensor> kept;
    for (const ir::Output& output : outputs) {
        const Tensor tensor = detail::tensor_of(state, output.value);
        if (tensor.name() == loss.name()) continue;
        const std::vector<std::string> needed = input_names(forward({tensor}));
        if (!labels || std::ranges::find(needed, labels->name()) == needed.end()) kept.push_back(tensor);
    }
    return kept;
}

}  // namespace

TextNetwork network_of_text(const std::string& file) {
    const std::string name = file == "-" ? "standard input" : file;
    ModelText text = file == "-" ? parse_model(read_input(kMostBytes), name) : read_model(file);
    if (!text.loss) {
        user_error("{}: there is no loss to train: call a value or an output \"loss\", or write \"train VALUE with "
                   "sgd(learning_rate = 0.05)\"", name);
    }
    Tensor loss = *text.loss;
    const std::vector<std::string> needed = input_names(training_step(loss, optimizer_of({}, text.optimizer)));
    std::optional<Tensor> predicted = predicted_of(text.model);
    std::vector<std::string> of_use;
    if (predicted) of_use = input_names(forward({*predicted}));
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
            "with a class axis, or \"output predicted\" for whole numbers",
            name, labels->name());
    }
    std::optional<Tensor> logits;
    if (const ir::ValueId id = logits_of(graph); labels && id >= 0)
        logits = detail::tensor_of(Internals::state(text.model), id);
    if (!labels) predicted.reset();
    Network network{.model = text.model, .inputs = inputs, .outputs = outputs_without(text.model, labels, loss),
                    .loss = loss, .labels = labels, .logits = logits, .predicted = predicted};
    return {std::move(network), text.optimizer};
}

std::vector<std::string> input_names(const Program& program) {
    std::vector<std::string> names;
    for (const ir::Value& value : detail::graph_of(program).values) {
        if (value.role == ir::Role::input) names.push_back(value.name);
    }
    return names;
}

bool is_text_file(std::string_view model) {
    return model == "-" || model.ends_with(".ein");
}

SampleKind samples_of(std::string_view model) {
    // What a text takes is known once it is read; images are what it may be given unasked.
    return is_text_file(model) ? SampleKind::grey_images : registered_model(model).samples;
}

}  // namespace ricci::cli
