// Holds what is given against the names and ranges that there are.
#include "ir/ops/settings.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "ir/base/error.h"

namespace ricci::ir {

void check_settings(const std::string& subject, const Settings& given, const std::vector<OptimizerSetting>& known,
                    const Location& where) {
    for (const auto& [name, value] : given) {
        if (std::ranges::count(given, name, &Settings::value_type::first) > 1)
            user_error(where, "{}: {} is given twice", subject, name);
        const auto row = std::ranges::find(known, name, &OptimizerSetting::name);
        if (row == known.end()) {
            std::vector<std::string_view> names;
            for (const OptimizerSetting& setting : known) names.push_back(setting.name);
            user_error(where, "{} has no setting \"{}\"; it has {}", subject, name, fmt::join(names, ", "));
        }
        const bool inside = std::isfinite(value) && value >= row->low &&
                            (row->below_high ? value < row->high : value <= row->high);
        const bool whole = !row->whole || value == std::trunc(value);
        if (!inside || !whole) user_error(where, "{}: {} is {}; it is {}", subject, name, value, row->range);
    }
}

}  // namespace ricci::ir
