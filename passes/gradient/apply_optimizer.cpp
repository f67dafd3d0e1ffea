// Limits gradients and follows the optimizer's rule for each parameter.
#include "passes/gradient/apply_optimizer.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "ir/ops/optimizer_table.h"
#include "ir/ops/rate_schedule_table.h"
#include "ir/surface/surface_parser.h"
#include "passes/gradient/optimizer_rule.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// The state of rank 0 called learning_rate, added when the model has none.
ValueId learning_rate(Graph& graph, double initial, DType dtype) {
    ValueId id = graph.find(kLearningRate);
    if (id < 0) {
        return graph.add({.name = std::string(kLearningRate),
                          .type = {dtype, {}},
                          .role = Role::state,
                          .initial = Initializer{Initializer::Form::constant, initial, 0}});
    }
    const Value& value = graph.value(id);
    if (value.role != Role::state || value.type.rank() != 0 || !is_float(value.type.dtype)) {
        user_error(value.location, "\"learning_rate\" is {} {}, but an optimizer keeps its rate in a state f32[] of that name; "
                   "rename it", name_of(value.role), to_string(value.type));
    }
    return id;
}

double setting(const Training& training, std::string_view name) {
    const auto found = std::ranges::find(training.options, name, &Settings::value_type::first);
    return found == training.options.end() ? 0 : found->second;
}

/// The gradients with the limits that the training sets: on each element first, then on the norm of all.
std::vector<ParameterGradient> clipped(Graph& graph, OptimizerSteps& steps, std::vector<ParameterGradient> gradients,
                                       const Training& training, ValueId rate) {
    const auto line = [](const std::string& text) { return parse_equation(text, "clipping", 1); };
    const auto replace = [&](const std::string& text, const std::map<std::string, ValueId>& others) {
        for (auto& [parameter, gradient] : gradients) {
            std::map<std::string, ValueId> values = others;
            values["g"] = gradient;
            gradient = steps.add(line(text), graph.value(gradient).name + ".clipped", gradient, values);
        }
    };
    if (const double most = setting(training, "clip_value"); most > 0)
        replace(fmt::format("clipped[...] = min(max(g[...], -{0}), {0})", most), {});
    if (const double most = setting(training, "clip_norm"); most > 0) {
        std::map<std::string, ValueId> squares;
        std::vector<std::string> terms;
        for (const auto& [parameter, gradient] : gradients) {
            const std::string own = fmt::format("s{}", squares.size());
            // The sum has the precision of the gradients; the norm that of the rate.
            squares[own] = steps.add(line("squares[] = g[...] * g[...]"), graph.value(gradient).name + ".squares", gradient,
                                     {{"g", gradient}});
            terms.push_back(own + "[]");
        }
        const ValueId norm = steps.add(line(fmt::format("norm[] = sqrt({})", fmt::join(terms, " + "))), "gradient.norm", rate,
                                       squares);
        // As PyTorch has it: a small number keeps the quotient finite.
        const ValueId factor = steps.add(line(fmt::format("factor[] = min(1, {} / (norm[] + 1e-6))", most)),
                                         "gradient.factor", rate, {{"norm", norm}});
        replace("clipped[...] = g[...] * factor[]", {{"factor", factor}});
    }
    return gradients;
}

}  // namespace

Graph apply_optimizer(const Graph& graph, const Options&, Remarks& remarks) {
    Graph result = graph;
    result.stage = std::max(graph.stage, Stage::step);
    if (!graph.training) return result;
    const Training& training = *graph.training;
    check_training(training);
    const DType dtype = graph.value(training.loss).type.dtype;
    const bool scheduled = training.schedule && changes_rate(*training.schedule);
    // A schedule multiplies it in f64, and rounds once.
    const ValueId state = learning_rate(result, setting(training, kLearningRate), scheduled ? DType::f64 : dtype);
    OptimizerSteps steps(result, training, state, dtype);
    const ValueId rate = steps.follow_schedule();
    const std::vector<ParameterGradient> gradients =
        clipped(result, steps, steps.accumulated(training.gradients), training, rate);
    for (const auto& [parameter, gradient] : gradients) steps.step(parameter, gradient);
    steps.finish();
    const ValueId loss = graph.training->loss;
    if (std::ranges::find(graph.outputs, loss, &Output::value) == graph.outputs.end()) {
        bool taken = std::ranges::find(graph.outputs, "loss", &Output::name) != graph.outputs.end();
        result.outputs.push_back({taken ? graph.value(loss).name + ".loss" : "loss", loss});
    }
    result.training.reset();
    remarks.push_back({"apply-optimizer", fmt::format("{} steps {} parameters", training.optimizer, gradients.size())});
    return result;
}

}  // namespace ricci::passes
