// Reads the text of an optimizer as a statement of a graph that trains one number.
#include "frontend/cli/optimizer_option.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/base/error.h"
#include "ir/ops/optimizer_table.h"
#include "ir/text/parser.h"

namespace ricci::cli {
namespace {

/// What the C++ functions begin with; of sgd, which this program trains by without the option, what it begins with itself.
double usual_rate(const std::string& optimizer) {
    if (optimizer == "sgd") return 0.05;
    for (const Optimizer& one : {adagrad(), rmsprop(), adam(), adamw(), lion()}) {
        if (one.name == optimizer) return one.options.front().second;
    }
    return 0;  // of no optimizer of the table: it is refused
}

}  // namespace

Optimizer optimizer_of(const std::string& text, std::optional<double> learning_rate, std::optional<double> momentum) {
    try {
        const bool has_settings = text.find('(') != std::string::npos;
        const ir::Graph graph = ir::parse(fmt::format("ricci 1 model option\nstate loss: f32[] = 0\ntrain loss with {}{}\n",
                                                      text, has_settings ? "" : "()"),
                                          "text");
        ir::Training training = *graph.training;
        const auto says = [&](std::string_view setting) {
            return std::ranges::find(training.options, setting, &ir::Settings::value_type::first) != training.options.end();
        };
        if (momentum && !says("momentum")) training.options.emplace(training.options.begin(), "momentum", *momentum);
        if (learning_rate || !says(ir::kLearningRate)) {
            std::erase_if(training.options, [](const auto& setting) { return setting.first == ir::kLearningRate; });
            training.options.emplace(training.options.begin(), ir::kLearningRate,
                                     learning_rate.value_or(usual_rate(training.optimizer)));
        }
        ir::check_training(training);
        Optimizer made;
        made.name = training.optimizer;
        made.options = training.options;
        for (ir::ParameterGroup& group : training.groups) made.groups.push_back({group.part, std::move(group.settings)});
        return made;
    } catch (const UserError& error) {
        user_error("option --optimizer: {}", error.what());
    }
}

std::string describe(const Optimizer& optimizer) {
    std::string text = optimizer.name == "sgd" ? "" : optimizer.name;
    for (const auto& [setting, value] : optimizer.options) {
        if (setting != ir::kLearningRate) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", setting, value);
    }
    for (const Optimizer::Group& group : optimizer.groups) text += fmt::format(", {} apart", group.part);
    return text.empty() ? optimizer.name : text;
}

}  // namespace ricci::cli
