// Looks at each number of the table.
#include "ir/core/positions.h"

#include <fmt/format.h>

namespace ricci::ir {

std::optional<std::string> why_no_positions(const Value& constant, std::int64_t extent) {
    const bool known = constant.initial && (constant.initial->form == Initializer::Form::table ||
                                            constant.initial->form == Initializer::Form::constant);
    if (!known) return "its numbers are drawn";
    const auto outside = [&](const Number& number) { return number.integer() < 0 || number.integer() >= extent; };
    if (constant.initial->form == Initializer::Form::constant) {
        if (!outside(constant.initial->a)) return std::nullopt;
        return fmt::format("each number is {}; there are 0 to {}", constant.initial->a.integer(), extent - 1);
    }
    const std::vector<Number>& numbers = *constant.initial->table;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (outside(numbers[i])) return fmt::format("number {} is {}; there are 0 to {}", i, numbers[i].integer(), extent - 1);
    }
    return std::nullopt;
}

}  // namespace ricci::ir
