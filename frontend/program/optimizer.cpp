// Checks the numbers of an optimizer where they are given.
#include "ricci/optimizer.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "ir/base/error.h"
#include "ir/core/graph.h"
#include "ir/ops/optimizer_table.h"
#include "frontend/program/internals.h"

namespace ricci {

Decimal::Decimal(float number) : value(number) {
    // Both ways without the locale. What has no digits, as inf, stays the number that it is.
    const std::string text = fmt::format("{}", number);
    double written = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), written);
    if (error == std::errc() && end == text.data() + text.size()) value = written;
}

namespace {

/// What the optimizer asks the compiler for.
ir::Training training_of(const Optimizer& optimizer) {
    ir::Training training{.loss = -1, .optimizer = optimizer.name, .options = optimizer.options};
    for (const Optimizer::Group& group : optimizer.groups) training.groups.push_back({group.part, group.settings});
    if (!optimizer.rate_schedule.empty()) training.schedule = {optimizer.rate_schedule, optimizer.schedule_settings};
    if (optimizer.lines.empty()) return training;
    training.rule = {optimizer.name, optimizer.settings, {}};
    for (const Optimizer::Line& line : optimizer.lines) training.rule->lines.push_back({line.text, line.where});
    return training;
}

Optimizer checked(Optimizer optimizer, const std::source_location& where) {
    ir::check_training(training_of(optimizer), Location::of(where));
    return optimizer;
}

/// The optimizer with this setting, in place of the one it had.
Optimizer with(Optimizer optimizer, const char* setting, Decimal number) {
    std::erase_if(optimizer.options, [&](const auto& option) { return option.first == setting; });
    optimizer.options.emplace_back(setting, number.value);
    return optimizer;
}

/// An optimizer of the table. Numbers that are 0 where 0 is the standard go unsaid.
Optimizer of_table(const char* name, const Settings& settings, const std::source_location& where) {
    check_learning_rate(settings.front().second.value, Location::of(where));
    Optimizer made;
    made.name = name;
    for (const auto& [setting, number] : settings) {
        const auto& rows = ir::optimizer_named(name)->settings;
        const auto row = std::ranges::find(rows, setting, &ir::OptimizerSetting::name);
        if (row == rows.end() || row->standard != number.value) made.options.emplace_back(setting, number.value);
    }
    return checked(std::move(made), where);
}

}  // namespace

Optimizer Optimizer::clip_norm(Decimal most, std::source_location where) const {
    return checked(with(*this, "clip_norm", most), where);
}

Optimizer Optimizer::clip_value(Decimal most, std::source_location where) const {
    return checked(with(*this, "clip_value", most), where);
}

Optimizer Optimizer::accumulate(std::int64_t calls, std::source_location where) const {
    return checked(with(*this, "accumulate", static_cast<double>(calls)), where);
}

Optimizer Optimizer::average(Decimal share, std::source_location where) const {
    return checked(with(*this, "average", share), where);
}

Optimizer Optimizer::schedule(std::string schedule_name, const Settings& given, std::source_location where) const {
    Optimizer changed = *this;
    changed.rate_schedule = std::move(schedule_name);
    changed.schedule_settings.clear();
    for (const auto& [setting, number] : given) changed.schedule_settings.emplace_back(setting, number.value);
    return checked(std::move(changed), where);
}

Optimizer Optimizer::group(std::string part, const Settings& given, std::source_location where) const {
    Optimizer changed = *this;
    Group group{std::move(part), {}};
    for (const auto& [setting, number] : given) group.settings.emplace_back(setting, number.value);
    changed.groups.push_back(std::move(group));
    return checked(std::move(changed), where);
}

Optimizer Optimizer::freeze(std::string part, std::source_location where) const {
    return group(std::move(part), {{"frozen", 1}}, where);
}

Optimizer sgd(const SgdOptions& options, std::source_location where) {
    return of_table("sgd",
                    {{"learning_rate", options.learning_rate},
                     {"momentum", options.momentum},
                     {"weight_decay", options.weight_decay},
                     {"nesterov", options.nesterov ? 1 : 0}},
                    where);
}

Optimizer adagrad(const AdagradOptions& options, std::source_location where) {
    return of_table("adagrad",
                    {{"learning_rate", options.learning_rate},
                     {"epsilon", options.epsilon},
                     {"weight_decay", options.weight_decay},
                     {"rate_decay", options.rate_decay}},
                    where);
}

Optimizer rmsprop(const RmspropOptions& options, std::source_location where) {
    return of_table("rmsprop",
                    {{"learning_rate", options.learning_rate},
                     {"alpha", options.alpha},
                     {"epsilon", options.epsilon},
                     {"weight_decay", options.weight_decay},
                     {"momentum", options.momentum}},
                    where);
}

Optimizer adam(const AdamOptions& options, std::source_location where) {
    return of_table("adam",
                    {{"learning_rate", options.learning_rate},
                     {"beta1", options.beta1},
                     {"beta2", options.beta2},
                     {"epsilon", options.epsilon},
                     {"weight_decay", options.weight_decay}},
                    where);
}

Optimizer adamw(const AdamwOptions& options, std::source_location where) {
    return of_table("adamw",
                    {{"learning_rate", options.learning_rate},
                     {"beta1", options.beta1},
                     {"beta2", options.beta2},
                     {"epsilon", options.epsilon},
                     {"weight_decay", options.weight_decay}},
                    where);
}

Optimizer lion(const LionOptions& options, std::source_location where) {
    return of_table("lion",
                    {{"learning_rate", options.learning_rate},
                     {"beta1", options.beta1},
                     {"beta2", options.beta2},
                     {"weight_decay", options.weight_decay}},
                    where);
}

Optimizer optimizer(std::string name, Decimal learning_rate, std::string_view lines, const Settings& settings,
                    std::source_location where) {
    if (ir::optimizer_named(name) != nullptr)
        user_error(Location::of(where), "optimizer \"{}\" is one of the table; give yours another name", name);
    Optimizer made;
    made.name = std::move(name);
    made.options = {{std::string(ir::kLearningRate), learning_rate.value}};
    for (const auto& [setting, number] : settings) made.settings.emplace_back(setting, number.value);
    for (std::size_t begin = 0; begin < lines.size();) {
        const std::size_t end = std::min(lines.find('\n', begin), lines.size());
        std::string_view line = lines.substr(begin, end - begin);
        line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
        if (!line.empty()) made.lines.push_back({std::string(line)});
        begin = end + 1;
    }
    if (made.lines.empty()) user_error(Location::of(where), "optimizer \"{}\" has no lines", made.name);
    return checked(std::move(made), where);
}

ir::Training detail::training_of(const Optimizer& optimizer, ir::ValueId loss) {
    ir::Training training = ricci::training_of(optimizer);
    training.loss = loss;
    return training;
}

void check_learning_rate(double learning_rate, const Location& where) {
    if (std::isfinite(learning_rate) && learning_rate >= 0) return;
    user_error(where, "learning rate is {}; it is a finite number of at least 0", learning_rate);
}

}  // namespace ricci
