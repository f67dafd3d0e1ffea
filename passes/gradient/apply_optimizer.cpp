// The optimizers, a row each, and the equations of their steps.
#include "passes/gradient/apply_optimizer.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "passes/build.h"

namespace ricci::passes {
namespace {

using namespace ir;

constexpr double kInf = std::numeric_limits<double>::infinity();

/// What may be said of an option. Without a standard it must be given.
struct Setting {
    std::string_view name;
    std::optional<double> standard;
    double low, high;
};

constexpr std::array<Setting, 4> kSgd = {{
    {kLearningRate, std::nullopt, 0, kInf},
    {"momentum", 0.0, 0, kInf},
    {"weight_decay", 0.0, 0, kInf},
    {"nesterov", 0.0, 0, 1},
}};

/// The values of the settings, in their order, from what the model says.
std::array<double, kSgd.size()> settings(const Training& training) {
    if (training.optimizer != "sgd") user_error("unknown optimizer \"{}\"; there is sgd", training.optimizer);
    for (const auto& [name, value] : training.options) {
        auto row = std::ranges::find(kSgd, name, &Setting::name);
        if (row == kSgd.end()) {
            std::vector<std::string_view> names;
            for (const Setting& setting : kSgd) names.push_back(setting.name);
            user_error("sgd has no option \"{}\"; it has {}", name, fmt::join(names, ", "));
        }
        if (!(value >= row->low && value <= row->high && std::isfinite(value))) {
            user_error("sgd: {} is {}, but must be {}", name, value,
                       row->high == kInf ? "at least 0 and finite" : "0 or 1");
        }
    }
    std::array<double, kSgd.size()> values{};
    for (std::size_t i = 0; i < kSgd.size(); ++i) {
        auto given = std::ranges::find(training.options, kSgd[i].name, &std::pair<std::string, double>::first);
        bool missing = given == training.options.end();
        if (missing && !kSgd[i].standard) user_error("sgd needs {}, such as 0.05", kSgd[i].name);
        values[i] = missing ? *kSgd[i].standard : given->second;
    }
    if (values[3] != 0 && values[1] == 0) user_error("sgd: nesterov needs a momentum above 0, such as 0.9");
    return values;
}

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
        user_error(value.location, "\"learning_rate\" is {} {}, but sgd keeps its rate in a state f32[] of that name; "
                   "rename it", name_of(value.role), to_string(value.type));
    }
    return id;
}

/// name[i] = body(i) as a new temporary of the gradient's type.
template <typename Body>
ValueId add_pointwise(Graph& graph, std::string name, ValueId gradient, Body body) {
    ValueId result = graph.add({.name = std::move(name), .type = graph.value(gradient).type});
    graph.index_writers();
    Equation equation = pointwise(graph, result, gradient);
    equation.body = body(equation.left);
    graph.equations.push_back(std::move(equation));
    return result;
}

class Sgd {
  public:
    Sgd(Graph& graph, const std::array<double, kSgd.size()>& values)
        : graph_(graph), momentum_(values[1]), weight_decay_(values[2]), nesterov_(values[3] != 0),
          rate_(learning_rate(graph, values[0], graph.value(graph.training->loss).type.dtype)) {}

    /// Adds the update of one parameter.
    void step(ValueId parameter, ValueId gradient) {
        const std::string name = graph_.value(parameter).name;
        const DType dtype = graph_.value(parameter).type.dtype;
        auto decayed = [&](const std::vector<Affine>& at) {
            ExprRef g = read(graph_, gradient, at);
            return weight_decay_ == 0 ? g : g + constant(weight_decay_, dtype) * read(graph_, parameter, at);
        };
        ValueId velocity = -1;
        if (momentum_ != 0) {
            ValueId old = graph_.add({.name = name + ".velocity",
                                      .type = graph_.value(parameter).type,
                                      .role = Role::state,
                                      .initial = Initializer{}});
            velocity = add_pointwise(graph_, name + ".velocity.next", gradient, [&](const std::vector<Affine>& at) {
                return constant(momentum_, dtype) * read(graph_, old, at) + decayed(at);
            });
            states_.push_back({old, velocity});
        }
        ValueId next = add_pointwise(graph_, name + ".next", gradient, [&](const std::vector<Affine>& at) {
            ExprRef direction = velocity < 0 ? decayed(at) : read(graph_, velocity, at);
            if (nesterov_) direction = decayed(at) + constant(momentum_, dtype) * direction;
            return read(graph_, parameter, at) - cast(read(graph_, rate_, {}), dtype) * direction;
        });
        graph_.updates.push_back({parameter, next});
    }

    /// Adds those of the optimizer's own state, behind all parameters'.
    void finish() { graph_.updates.insert(graph_.updates.end(), states_.begin(), states_.end()); }

  private:
    Graph& graph_;
    std::vector<Update> states_;
    double momentum_;
    double weight_decay_;
    bool nesterov_;
    ValueId rate_;
};

}  // namespace

Graph apply_optimizer(const Graph& graph, const Options&, Remarks& remarks) {
    Graph result = graph;
    result.stage = std::max(graph.stage, Stage::step);
    if (!graph.training) return result;
    Sgd optimizer(result, settings(*graph.training));
    const std::vector<ParameterGradient>& gradients = graph.training->gradients;
    for (const auto& [parameter, gradient] : gradients) optimizer.step(parameter, gradient);
    optimizer.finish();
    const ValueId loss = graph.training->loss;
    if (std::ranges::find(graph.outputs, loss, &Output::value) == graph.outputs.end()) {
        bool taken = std::ranges::find(graph.outputs, "loss", &Output::name) != graph.outputs.end();
        result.outputs.push_back({taken ? graph.value(loss).name + ".loss" : "loss", loss});
    }
    result.training.reset();
    remarks.push_back({"apply-optimizer", fmt::format("sgd steps {} parameters", gradients.size())});
    return result;
}

}  // namespace ricci::passes
