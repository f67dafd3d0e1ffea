/// \file ir/ops/optimizer_table.h
/// The one table of optimizers. An optimizer is its settings and its equations; states, ranges, docs and tests come from
/// them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/core/graph.h"
#include "ir/ops/settings.h"

namespace ricci::ir {

/// Behind a parameter's name, that of its moving mean.
inline constexpr std::string_view kAverage = ".average";
/// The state that counts, from 0, the calls that came together for one step. The last of them makes it.
inline constexpr std::string_view kAccumulatedCalls = "optimizer.call";

/// \par rule
/// Equations of docs/language.md, one a line, for one parameter. `w` is the parameter, `g` its gradient; `[...]` stands
/// for all axes of the parameter, and `[]` for one number that all parameters share.
///   - `state m[...]`: an array beside the parameter, which begins at 0 and is kept between steps.
///   - `m.next[...] = ...`: what it holds after the step; `w.next` is the parameter's.
///   - `learning_rate[]`: the rate, which a caller may change between steps. `step[]`: 1 in the first step, 2 in the next.
///   - Other names on a left are values in between. Settings are numbers, and what they multiply by 0 is left out: a
///     state that nothing reads then is none.
struct OptimizerEntry {
    std::string name;
    std::string summary;
    std::vector<OptimizerSetting> settings;  // beside those that all optimizers have
    std::string rule;
    std::string source;
};

/// All optimizers, by name.
std::span<const OptimizerEntry> optimizers();
/// What every optimizer can be given: the rate, limits of the gradients, a decay.
std::span<const OptimizerSetting> common_settings();
/// What a group of parameters can be given beside the optimizer's own settings.
std::span<const OptimizerSetting> group_settings();
const OptimizerEntry* optimizer_named(std::string_view name);

/// True for the parameters that a group speaks of.
bool holds(const ParameterGroup& group, std::string_view parameter);
/// The settings of one parameter, each with a value: the group's, else the optimizer's, else the standard.
Settings settings_of(const Training& training, std::string_view parameter);
/// True when no step changes it: a group says frozen = 1.
bool is_frozen(const Training& training, std::string_view parameter);
/// The lines of the rule that the training follows. \pre check_training() found nothing.
std::vector<RuleLine> rule_lines(const Training& training);

/// \throws UserError naming optimizer, setting, value and range: for one that is unknown, missing or out of its range.
///         For the schedule as check_schedule().
void check_training(const Training& training, const Location& where = {});
/// \throws UserError where the model has no parameter to train, or none that a group speaks of. \pre graph.training
void check_trained(const Graph& graph, const Location& where = {});

}  // namespace ricci::ir
