// Looks at the role, the type and the numbers of an initial value.
#include "ir/core/initial.h"

#include <fmt/format.h>

#include <cmath>

namespace ricci::ir {

std::optional<std::string> why_no_beginning(const Value& value) {
    if (value.role == Role::parameter && !is_float(value.type.dtype))
        return fmt::format("{} cannot be trained; use f32 or f64, or make it a state or a constant", name_of(value.type.dtype));
    if (!value.initial) return std::nullopt;
    const auto& [form, a, b, table] = *value.initial;
    if (form != Initializer::Form::uniform && form != Initializer::Form::normal) return std::nullopt;
    const bool uniform = form == Initializer::Form::uniform;
    const std::string drawn = fmt::format("{}({}, {})", uniform ? "uniform" : "normal", a.real(), b.real());
    if (value.fixed) {
        return fmt::format("{} changes with the seed, and no file holds a constant; give its numbers, as in {{1, 2, 1}}, or make "
                           "it a state",
                           drawn);
    }
    if (!std::isfinite(a.real()) || !std::isfinite(b.real())) return fmt::format("{} is not finite", drawn);
    if (uniform && a.real() > b.real()) return fmt::format("{} is empty; give the lower bound first", drawn);
    if (!uniform && b.real() < 0) return fmt::format("{} has a negative deviation", drawn);
    return std::nullopt;
}

}  // namespace ricci::ir
