// The schedules, an entry each, and their values.
#include "ir/ops/rate_schedule_table.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "ir/base/error.h"
#include "ir/core/scalar.h"
#include "ir/surface/surface_parser.h"

namespace ricci::ir {
namespace {

using surface::Expr;

constexpr double kMostSteps = 9007199254740992;  // whole numbers that an f64 counts without a gap

OptimizerSetting steps_of(std::string name, double standard, double least, std::string doc) {
    return {std::move(name), standard, least, kMostSteps, fmt::format("a whole number from {} to 2^53", least), std::move(doc),
            false, true};
}
OptimizerSetting share_of(std::string name, double standard, std::string doc) {
    return {std::move(name), standard, 0, 1, "from 0 to 1", std::move(doc), false};
}

const char* const kRest = "share of the rate that it ends at";

std::vector<RateScheduleEntry> make_table() {
    const OptimizerSetting steps =
        steps_of("steps", 0, 0, "of the training; 0: the state schedule.steps, which a Trainer sets");
    const std::vector<OptimizerSetting> warm_up = {steps_of("warm_up", 0, 0, "steps in which the rate rises to its full height"),
                                                   share_of("warm_from", 0.1, "share of the rate that a warm-up begins at")};
    const auto with_warm_up = [&](std::vector<OptimizerSetting> settings) {
        settings.insert(settings.end(), warm_up.begin(), warm_up.end());
        return settings;
    };
    return {
        {.name = "constant",
         .summary = "the same throughout",
         .settings = warm_up,
         .rule = "scale[] = 1\n",
         .source = "with a warm-up, Goyal et al. 2017, section 2.2"},
        {.name = "cosine",
         .summary = "falls along half a cosine",
         .settings = with_warm_up({steps, share_of("least", 0, kRest)}),
         .rule = "scale[] = least + (1 - least) * (0.5 + 0.5 * cos(3.141592653589793 * min(t[], length[]) / length[]))\n",
         .source = "Loshchilov and Hutter 2017, equation 5, without restarts"},
        {.name = "linear",
         .summary = "falls along a line",
         .settings = with_warm_up({steps, share_of("least", 0, kRest)}),
         .rule = "scale[] = 1 - (1 - least) * (min(t[], length[]) / length[])\n",
         .source = "as PyTorch's LinearLR has it"},
        {.name = "one_cycle",
         .summary = "rises to the rate and falls far below it, along half a cosine each",
         .settings = {steps, share_of("rise", 0.3, "share of the steps that rise"),
                      share_of("first", 0.04, "share of the rate that it begins at"),
                      share_of("last", 4e-6, kRest)},
         // The bounds keep quotients finite where a part has no steps.
         .rule = "top[] = max(rise * steps[] - 1, 0.5)\n"
                 "down[] = max(steps[] - 1 - top[], 0.5)\n"
                 "at[] = min(t[], steps[] - 1)\n"
                 "scale[] = select(at[] <= top[], 1 + (first - 1) * (0.5 + 0.5 * cos(3.141592653589793 * (at[] / top[]))), "
                 "last + (1 - last) * (0.5 + 0.5 * cos(3.141592653589793 * ((at[] - top[]) / down[]))))\n",
         .source = "Smith and Topin 2018, as PyTorch has it"},
        {.name = "step",
         .summary = "falls by a factor every so many steps",
         .settings = with_warm_up({steps_of("every", OptimizerSetting::kRequired, 1, "steps between two falls"),
                                   share_of("factor", 0.1, "of the rate at each fall")}),
         .rule = "scale[] = pow(factor, floor(t[] / every))\n",
         .source = "as PyTorch's StepLR has it"},
    };
}

double value_of(const Settings& settings, std::string_view name) {
    const auto found = std::ranges::find(settings, name, &Settings::value_type::first);
    return found == settings.end() ? 0 : found->second;
}

double value_of(const Expr& expr, const std::map<std::string, double>& values) {
    if (expr.form == Expr::Form::number) return expr.number.real();
    if (expr.form == Expr::Form::access || expr.form == Expr::Form::name) return values.at(expr.name);
    std::vector<double> arguments;
    for (const Expr& arg : expr.args) arguments.push_back(value_of(arg, values));
    const auto function = scalar_named(expr.name);
    RICCI_CHECK(function.has_value(), "a schedule calls {}, which is no scalar function", expr.name);
    return info(*function).value(arguments.data());
}

}  // namespace

std::span<const RateScheduleEntry> rate_schedules() {
    static const std::vector<RateScheduleEntry> table = make_table();
    return table;
}

const RateScheduleEntry* rate_schedule_named(std::string_view name) {
    const auto found = std::ranges::find(rate_schedules(), name, &RateScheduleEntry::name);
    return found == rate_schedules().end() ? nullptr : &*found;
}

Settings settings_of(const RateSchedule& schedule) {
    Settings settings;
    for (const OptimizerSetting& setting : rate_schedule_named(schedule.name)->settings) {
        const auto given = std::ranges::find(schedule.settings, setting.name, &Settings::value_type::first);
        settings.emplace_back(setting.name, given == schedule.settings.end() ? setting.standard : given->second);
    }
    return settings;
}

bool changes_rate(const RateSchedule& schedule) {
    return schedule.name != "constant" || value_of(schedule.settings, "warm_up") > 0;
}

bool needs_steps(const RateSchedule& schedule) {
    const Settings settings = settings_of(schedule);
    const bool has = std::ranges::find(settings, "steps", &Settings::value_type::first) != settings.end();
    return has && value_of(settings, "steps") == 0;
}

std::vector<surface::Equation> schedule_equations(const RateSchedule& schedule) {
    const double warm_up = value_of(settings_of(schedule), "warm_up");
    std::string text = fmt::format("t[] = step[] - {}\n", 1 + warm_up);
    const std::string& rule = rate_schedule_named(schedule.name)->rule;
    if (rule.contains("length[]")) text += fmt::format("length[] = steps[] - {}\n", warm_up);
    text += rule;
    if (warm_up > 0) {
        text += "share[] = select(t[] < 0, warm_from + (1 - warm_from) * ((step[] - 1) / warm_up), scale[])\n";
    } else {
        text += "share[] = scale[]\n";
    }
    return parse_equations(text, "schedule " + schedule.name, 1);
}

RateShare::RateShare(const RateSchedule& schedule)
    : needs_steps_(needs_steps(schedule)), settings_(settings_of(schedule)), equations_(schedule_equations(schedule)) {}

double RateShare::operator()(double step, double steps) const {
    std::map<std::string, double> values = {{"step", step}};
    for (const auto& [name, value] : settings_) values[name] = value;
    if (needs_steps_) values["steps"] = steps;
    for (const surface::Equation& equation : equations_) {
        values[equation.result] = value_of(equation.body, values);
    }
    return values.at("share");
}

void check_schedule(const RateSchedule& schedule, const Location& where) {
    const RateScheduleEntry* entry = rate_schedule_named(schedule.name);
    if (entry == nullptr) {
        std::vector<std::string_view> names;
        for (const RateScheduleEntry& one : rate_schedules()) names.push_back(one.name);
        user_error(where, "unknown schedule \"{}\"; there are {}", schedule.name, fmt::join(names, ", "));
    }
    const std::string subject = "schedule " + schedule.name;
    check_settings(subject, schedule.settings, entry->settings, where);
    for (const auto& [name, value] : settings_of(schedule)) {
        if (std::isnan(value)) user_error(where, "{} needs {}, such as 1000", subject, name);
    }
    const double steps = value_of(schedule.settings, "steps"), warm_up = value_of(schedule.settings, "warm_up");
    if (steps > 0 && warm_up > steps) {
        user_error(where, "{}: warm_up is {}, but steps is {}; the warm-up is a part of the training", subject, warm_up, steps);
    }
}

}  // namespace ricci::ir
