/// \file ir/ops/rate_schedule_table.h
/// The one table of schedules of the learning rate. A schedule is its settings and its equations of the step counter.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/core/graph.h"
#include "ir/ops/settings.h"
#include "ir/surface/surface.h"

namespace ricci::ir {

/// The state that says how many steps a training has, where the schedule is not told it: f64[], which begins at inf.
inline constexpr std::string_view kScheduleSteps = "schedule.steps";

/// \par rule
/// Equations of docs/language.md, one a line. The last one gives `scale[]`, the factor of the learning rate. They read
/// `t[]`, the steps since the warm-up, 0 in the first; `steps[]`, the steps of the training; `length[]`, those after the
/// warm-up.
struct RateScheduleEntry {
    std::string name;
    std::string summary;
    std::vector<OptimizerSetting> settings;
    std::string rule;
    std::string source;
};

/// All schedules, by name.
std::span<const RateScheduleEntry> rate_schedules();
const RateScheduleEntry* rate_schedule_named(std::string_view name);

/// The settings of a schedule, each with a value: the one given, or the standard.
Settings settings_of(const RateSchedule& schedule);
/// False when every step has the same rate, so that the program needs no equation for it.
bool changes_rate(const RateSchedule& schedule);
/// True when it depends on the length of the training and is not told it.
bool needs_steps(const RateSchedule& schedule);
/// The equations from `step[]`, 1 in the first step, to `share[]`, the factor of the learning rate. Names of settings
/// stand in them, and `steps[]` where needs_steps().
std::vector<surface::Equation> schedule_equations(const RateSchedule& schedule);

/// What these equations give, for a caller who sets the rate before each step.
class RateShare {
  public:
    explicit RateShare(const RateSchedule& schedule);
    /// \param step  1 in the first.  \param steps  of the training, where needs_steps().
    double operator()(double step, double steps) const;

  private:
    bool needs_steps_;
    Settings settings_;
    std::vector<surface::Equation> equations_;
};

/// \throws UserError naming schedule, setting, value and range: for one that is unknown, missing or out of its range.
///         Also for a warm-up that is longer than the training.
void check_schedule(const RateSchedule& schedule, const Location& where = {});

}  // namespace ricci::ir
