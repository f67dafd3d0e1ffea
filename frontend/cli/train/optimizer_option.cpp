// Reads the texts of optimizers and schedules as statements of a graph that trains one number.
#include "frontend/cli/train/optimizer_option.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "frontend/program/internals.h"
#include "ir/base/error.h"
#include "ir/ops/optimizer_table.h"
#include "ir/text/parser.h"

namespace ricci::cli {
namespace {

/// What the C++ functions begin with; of sgd, which this program trains by without the option, what it begins with itself.
double usual_rate(const std::string& optimizer) {
    if (optimizer == "sgd") return kUsualRate;
    for (const Optimizer& one : {adagrad(), rmsprop(), adam(), adamw(), lion()}) {
        if (one.name == optimizer) return one.options.front().second;
    }
    return 0;  // of no optimizer of the table: it is refused
}

/// What stands behind "train loss with".
ir::Training parse(const char* option, const std::string& text) {
    try {
        return ir::parse_training(text, "text");
    } catch (const UserError& error) {
        user_error("option {}: {}", option, error.what());
    }
}

std::string with_parentheses(const std::string& text) {
    return text.find('(') == std::string::npos ? text + "()" : text;
}

bool says(const Optimizer& optimizer, std::string_view setting) {
    return std::ranges::find(optimizer.options, setting, &ir::Settings::value_type::first) != optimizer.options.end();
}

void set(Optimizer& optimizer, std::string_view setting, double value) {
    std::erase_if(optimizer.options, [&](const auto& option) { return option.first == setting; });
    // The rate stands in front, as texts have it.
    const auto place = setting == ir::kLearningRate ? optimizer.options.begin() : optimizer.options.end();
    optimizer.options.emplace(place, setting, value);
}

Optimizer named(const std::string& text) {
    ir::Training training = parse("--optimizer", with_parentheses(text));
    Optimizer made;
    made.name = training.optimizer;
    made.options = training.options;
    for (ir::ParameterGroup& group : training.groups) made.groups.push_back({group.part, std::move(group.settings)});
    if (training.schedule) {
        made.rate_schedule = training.schedule->name;
        made.schedule_settings = training.schedule->settings;
    }
    if (!says(made, ir::kLearningRate)) set(made, ir::kLearningRate, usual_rate(made.name));
    return made;
}

Optimizer usual() {
    Optimizer made;
    made.name = "sgd";
    made.options = {{std::string(ir::kLearningRate), kUsualRate}, {"momentum", kUsualMomentum}};
    return made;
}

/// With the settings that options of their own say. A momentum that the optimizer's text says counts more.
void apply_settings(Optimizer& made, const OptimizerRequest& request) {
    if (request.learning_rate) set(made, ir::kLearningRate, *request.learning_rate);
    if (request.momentum && !(request.optimizer && says(made, "momentum"))) set(made, "momentum", *request.momentum);
    if (request.weight_decay) set(made, "weight_decay", *request.weight_decay);
    if (request.clip) set(made, "clip_norm", *request.clip);
    if (request.average) set(made, "average", *request.average);
    if (request.accumulate && *request.accumulate > 1)
        set(made, "accumulate", static_cast<double>(*request.accumulate));
}

void apply_schedule(Optimizer& made, const OptimizerRequest& request, bool of_text) {
    if (request.schedule) {
        const ir::Training training =
            parse("--schedule", "sgd(learning_rate = 1) schedule " + with_parentheses(*request.schedule));
        made.rate_schedule = training.schedule->name;
        made.schedule_settings = training.schedule->settings;
    } else if (made.rate_schedule.empty() && !of_text) {
        made.rate_schedule = "cosine";
    }
}

/// \throws UserError naming the option.
void check(const char* option, const Optimizer& made, bool with_schedule) {
    ir::Training training = detail::training_of(made, -1);
    if (!with_schedule) training.schedule.reset();
    try {
        ir::check_training(training);
    } catch (const UserError& error) {
        user_error("option {}: {}", option, error.what());
    }
}

}  // namespace

Optimizer optimizer_of(const OptimizerRequest& request, const std::optional<Optimizer>& of_text) {
    const bool is_of_text = !request.optimizer && of_text;
    // "sgd" alone is what is taken without the option.
    const bool usual_sgd = !is_of_text && request.optimizer.value_or("sgd") == "sgd";
    Optimizer made = is_of_text ? *of_text : usual_sgd ? usual() : named(*request.optimizer);
    apply_settings(made, request);
    check("--optimizer", made, false);
    apply_schedule(made, request, is_of_text);
    check("--schedule", made, true);
    return made;
}

std::string describe(const Optimizer& optimizer) {
    std::string text = optimizer.name == "sgd" ? "" : optimizer.name;
    for (const auto& [setting, value] : optimizer.options) {
        if (setting != ir::kLearningRate) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", setting, value);
    }
    for (const Optimizer::Group& group : optimizer.groups) text += fmt::format(", {} apart", group.part);
    return text.empty() ? optimizer.name : text;
}

std::string describe_schedule(const Optimizer& optimizer) {
    if (optimizer.rate_schedule.empty()) return "constant";
    std::vector<std::string> settings;
    for (const auto& [name, value] : optimizer.schedule_settings)
        settings.push_back(fmt::format("{} = {}", name, value));
    return settings.empty() ? optimizer.rate_schedule
                            : fmt::format("{}({})", optimizer.rate_schedule, fmt::join(settings, ", "));
}

double learning_rate_of(const Optimizer& optimizer) {
    for (const auto& [setting, value] : optimizer.options) {
        if (setting == ir::kLearningRate) return value;
    }
    return 0;
}

}  // namespace ricci::cli
