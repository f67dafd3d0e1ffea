/// \file ir/ops/settings.h
/// What the optimizers and the schedules of the learning rate can be given.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "ir/core/graph.h"

namespace ricci::ir {

struct OptimizerSetting {
    /// The standard value of a setting that must be given.
    static constexpr double kRequired = std::numeric_limits<double>::quiet_NaN();
    std::string name;
    double standard;
    double low, high;        // numbers from low up to high
    std::string range;       // the same in words, for messages and docs: "at least 0 and below 1"
    std::string doc;
    bool below_high = true;  // high itself is none of them
    bool whole = false;      // whole numbers alone
};

/// \throws UserError naming `subject`, the setting, its value and its range: for one that `known` has not, that is given
///         twice or out of range.
void check_settings(const std::string& subject, const Settings& given, const std::vector<OptimizerSetting>& known,
                    const Location& where);

}  // namespace ricci::ir
