// The optimizers, an entry each.
#include "ir/ops/optimizer_table.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "ir/base/spelling.h"
#include "ir/ops/rate_schedule_table.h"

namespace ricci::ir {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kMostBatches = 16777216;  // whole numbers that an f32 counts without a gap

OptimizerSetting share(std::string name, double standard, std::string doc) {
    return {std::move(name), standard, 0, 1, "at least 0 and below 1", std::move(doc)};
}
OptimizerSetting at_least_0(std::string name, double standard, std::string doc) {
    return {std::move(name), standard, 0, kInf, "a finite number of at least 0", std::move(doc)};
}
OptimizerSetting truth(std::string name, std::string doc) {
    return {std::move(name), 0, 0, 1, "0 or 1", std::move(doc), false, true};
}

const char* const kDecayDoc = "share of the parameter that joins its gradient";
const char* const kMoments =
    "state m[...]\n"
    "state v[...]\n"
    "m.next[...] = beta1 * m[...] + (1 - beta1) * DECAYED\n"
    "v.next[...] = beta2 * v[...] + (1 - beta2) * DECAYED * DECAYED\n"
    // 1 - beta^step, without what a subtraction would lose near 1.
    "correction1[] = -expm1(step[] * log(beta1))\n"
    "correction2[] = -expm1(step[] * log(beta2))\n";
const char* const kAdamStep =
    "learning_rate[] / correction1[] * m.next[...] / (sqrt(v.next[...]) / sqrt(correction2[]) + epsilon)";

/// `text` with each DECAYED replaced.
std::string with_gradient(std::string text, std::string_view gradient) {
    constexpr std::string_view kWord = "DECAYED";
    for (std::size_t at = text.find(kWord); at != std::string::npos; at = text.find(kWord, at + gradient.size()))
        text.replace(at, kWord.size(), gradient);
    return text;
}

std::vector<OptimizerEntry> make_table() {
    const std::string decayed = "(g[...] + weight_decay * w[...])";
    const std::vector<OptimizerSetting> moments = {
        share("beta1", 0.9, "how much of the mean of gradients a step keeps"),
        share("beta2", 0.999, "how much of the mean of squared gradients a step keeps"),
        at_least_0("epsilon", 1e-8, "added to the root, so that nothing is divided by 0")};
    const auto with_decay = [&](double standard, const char* doc) {
        std::vector<OptimizerSetting> settings = moments;
        settings.push_back(at_least_0("weight_decay", standard, doc));
        return settings;
    };
    std::vector<OptimizerEntry> table = {
        {.name = "sgd",
         .summary = "stochastic gradient descent, with momentum if wished",
         .settings = {share("momentum", 0, "how much of the velocity a step keeps; 0 is none"),
                      at_least_0("weight_decay", 0, kDecayDoc),
                      truth("nesterov", "1 steps along the gradient and the velocity to come")},
         .rule = "state velocity[...]\n"
                 "velocity.next[...] = momentum * velocity[...] + " + decayed + "\n"
                 "w.next[...] = w[...] - learning_rate[] * select(nesterov, " + decayed +
                 " + momentum * velocity.next[...], velocity.next[...])\n",
         .source = "Polyak 1964; in this form Sutskever et al. 2013, as PyTorch has it"},
        {.name = "adagrad",
         .summary = "the gradient by the root of the sum of its squares so far",
         .settings = {at_least_0("epsilon", 1e-10, "added to the root"), at_least_0("weight_decay", 0, kDecayDoc),
                      at_least_0("rate_decay", 0, "the rate of step n is divided by 1 + (n - 1) * rate_decay")},
         .rule = "state squares[...]\n"
                 "squares.next[...] = squares[...] + " + decayed + " * " + decayed + "\n"
                 "w.next[...] = w[...] - learning_rate[] / (1 + rate_decay * (step[] - 1)) * " + decayed +
                 " / (sqrt(squares.next[...]) + epsilon)\n",
         .source = "Duchi, Hazan and Singer 2011"},
        {.name = "rmsprop",
         .summary = "the gradient by the root of a moving mean of its squares",
         .settings = {share("alpha", 0.99, "how much of the mean of squares a step keeps"),
                      at_least_0("epsilon", 1e-8, "added to the root"), at_least_0("weight_decay", 0, kDecayDoc),
                      share("momentum", 0, "how much of the velocity a step keeps; 0 is none")},
         .rule = "state squares[...]\n"
                 "state velocity[...]\n"
                 "squares.next[...] = alpha * squares[...] + (1 - alpha) * " + decayed + " * " + decayed + "\n"
                 "velocity.next[...] = momentum * velocity[...] + " + decayed +
                 " / (sqrt(squares.next[...]) + epsilon)\n"
                 "w.next[...] = w[...] - learning_rate[] * velocity.next[...]\n",
         .source = "Tieleman and Hinton 2012, lecture 6.5; epsilon as PyTorch has it"},
        {.name = "adam",
         .summary = "a moving mean of gradients by the root of one of their squares",
         .settings = with_decay(0, kDecayDoc),
         .rule = with_gradient(kMoments, decayed) + "w.next[...] = w[...] - " + kAdamStep + "\n",
         .source = "Kingma and Ba 2015, algorithm 1"},
        {.name = "adamw",
         .summary = "adam, whose decay of weights stays out of the means",
         .settings = with_decay(0.01, "share of the parameter, times the rate, that each step takes away"),
         .rule = with_gradient(kMoments, "g[...]") +
                 "w.next[...] = w[...] - learning_rate[] * weight_decay * w[...] - " + kAdamStep + "\n",
         .source = "Loshchilov and Hutter 2019, algorithm 2, as PyTorch has it"},
        {.name = "lion",
         .summary = "the sign of a mean of gradients",
         .settings = {share("beta1", 0.9, "how much of the mean the direction takes"),
                      share("beta2", 0.99, "how much of the mean a step keeps"),
                      at_least_0("weight_decay", 0, "share of the parameter, times the rate, that each step takes away")},
         .rule = "state m[...]\n"
                 "m.next[...] = beta2 * m[...] + (1 - beta2) * g[...]\n"
                 "w.next[...] = w[...] - learning_rate[] * weight_decay * w[...] - learning_rate[] * "
                 "sign(beta1 * m[...] + (1 - beta1) * g[...])\n",
         .source = "Chen et al. 2023, algorithm 2"},
    };
    std::ranges::sort(table, {}, &OptimizerEntry::name);
    return table;
}

std::vector<OptimizerSetting> all_settings(const Training& training, bool of_group) {
    std::vector<OptimizerSetting> all(common_settings().begin(), common_settings().end());
    if (const OptimizerEntry* entry = optimizer_named(training.optimizer)) {
        all.insert(all.end(), entry->settings.begin(), entry->settings.end());
    } else if (training.rule) {
        for (const auto& [name, standard] : training.rule->settings)
            all.push_back({name, standard, -kInf, kInf, "a finite number", ""});
    }
    if (of_group) {
        std::erase_if(all, [](const OptimizerSetting& setting) { return setting.doc.ends_with("of all parameters"); });
        all.insert(all.end(), group_settings().begin(), group_settings().end());
    }
    return all;
}

double value_of(const Settings& settings, std::string_view name) {
    const auto found = std::ranges::find(settings, name, &Settings::value_type::first);
    return found == settings.end() ? 0 : found->second;
}

}  // namespace

std::span<const OptimizerEntry> optimizers() {
    static const std::vector<OptimizerEntry> table = make_table();
    return table;
}

std::span<const OptimizerSetting> common_settings() {
    static const std::vector<OptimizerSetting> settings = {
        at_least_0(std::string(kLearningRate), OptimizerSetting::kRequired, "how far a step goes, of all parameters"),
        at_least_0("clip_value", 0, "no element of a gradient is larger, either way; 0 is no limit, of all parameters"),
        at_least_0("clip_norm", 0,
                   "the root of the sum of squares of all gradients is no larger; 0 is no limit, of all parameters"),
        {"accumulate", 1, 1, kMostBatches, "a whole number from 1 to 16777216",
         "calls whose gradients make one step, which follows their mean; of all parameters", false, true},
        share("average", 0, "how much of the moving mean of each parameter a step keeps; 0 keeps no mean, of all parameters")};
    return settings;
}

std::span<const OptimizerSetting> group_settings() {
    static const std::vector<OptimizerSetting> settings = {
        at_least_0("rate_factor", 1, "the learning rate of these parameters, in that of all"),
        truth("frozen", "1 leaves these parameters as they are")};
    return settings;
}

const OptimizerEntry* optimizer_named(std::string_view name) {
    const auto found = std::ranges::find(optimizers(), name, &OptimizerEntry::name);
    return found == optimizers().end() ? nullptr : &*found;
}

bool holds(const ParameterGroup& group, std::string_view parameter) {
    const std::string name = fmt::format(".{}.", parameter);
    return name.find(fmt::format(".{}.", group.part)) != std::string::npos;
}

Settings settings_of(const Training& training, std::string_view parameter) {
    Settings settings;
    std::vector<OptimizerSetting> all = all_settings(training, true);
    all.insert(all.end(), common_settings().begin(), common_settings().end());
    for (const OptimizerSetting& setting : all) {
        double value = setting.standard;
        const auto take = [&](const Settings& given) {
            const auto found = std::ranges::find(given, setting.name, &Settings::value_type::first);
            if (found != given.end()) value = found->second;
        };
        take(training.options);
        for (const ParameterGroup& group : training.groups) {
            if (holds(group, parameter)) take(group.settings);
        }
        settings.emplace_back(setting.name, value);
    }
    return settings;
}

bool is_frozen(const Training& training, std::string_view parameter) {
    bool frozen = false;
    for (const ParameterGroup& group : training.groups) {
        const bool says = std::ranges::find(group.settings, "frozen", &Settings::value_type::first) != group.settings.end();
        if (says && holds(group, parameter)) frozen = value_of(group.settings, "frozen") != 0;
    }
    return frozen;
}

std::vector<RuleLine> rule_lines(const Training& training) {
    if (training.rule) return training.rule->lines;
    std::vector<RuleLine> lines;
    const std::string& rule = optimizer_named(training.optimizer)->rule;
    for (std::size_t begin = 0, end = 0; begin < rule.size(); begin = end + 1) {
        end = std::min(rule.find('\n', begin), rule.size());
        lines.push_back({rule.substr(begin, end - begin)});
    }
    return lines;
}

void check_training(const Training& training, const Location& where) {
    const std::string& name = training.optimizer;
    if (optimizer_named(name) == nullptr && !training.rule) {
        std::vector<std::string_view> names;
        for (const OptimizerEntry& entry : optimizers()) names.push_back(entry.name);
        user_error(where, "unknown optimizer \"{}\"; there are {}", name, fmt::join(names, ", "));
    }
    check_settings(name, training.options, all_settings(training, false), where);
    for (const ParameterGroup& group : training.groups)
        check_settings(fmt::format("{}, parameters {}", name, group.part), group.settings, all_settings(training, true), where);
    if (std::ranges::find(training.options, kLearningRate, &Settings::value_type::first) == training.options.end())
        user_error(where, "{} needs learning_rate, such as 0.05", name);
    if (name == "sgd" && value_of(training.options, "nesterov") != 0 && value_of(training.options, "momentum") == 0)
        user_error(where, "sgd: nesterov needs a momentum above 0, such as 0.9");
    if (training.schedule) check_schedule(*training.schedule, where);
}

void check_trained(const Graph& graph, const Location& where) {
    const Training& training = *graph.training;
    std::vector<std::string> all;
    bool trained = false;
    for (const Value& value : graph.values) {
        if (value.role != Role::parameter || !is_float(value.type.dtype)) continue;
        all.push_back(value.name);
        trained = trained || !is_frozen(training, value.name);
    }
    for (const ParameterGroup& group : training.groups) {
        if (std::ranges::any_of(all, [&](const std::string& name) { return holds(group, name); })) continue;
        user_error(where, "no parameter has \"{}\" in its name, for which settings are given; there are {}", group.part,
                   fmt::join(all, ", "));
    }
    const std::string& loss = graph.value(training.loss).name;
    if (all.empty()) user_error(where, "train \"{}\": the model has no parameters; add one, or ask for no training", loss);
    if (!trained) user_error(where, "train \"{}\": all its parameters are frozen ({})", loss, fmt::join(all, ", "));
}

}  // namespace ricci::ir
