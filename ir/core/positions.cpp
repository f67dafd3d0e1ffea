// Looks at each number of the table.
#include "ir/core/positions.h"

#include <fmt/format.h>

namespace ricci::ir {

std::optional<std::string> why_no_positions(const Value& constant, std::int64_t extent) {
    const bool given = constant.initial && (constant.initial->form == Initializer::Form::table ||
                                            constant.initial->form == Initializer::Form::constant);
    if (!given) return "its numbers are drawn";
    const std::int64_t positions = extent == kOpen ? 1 : extent;
    const auto outside = [&](const Number& number) {
        return (number.integer() < 0 || number.integer() >= positions) && constant.ignored != number.integer();
    };
    const std::string known_positions =
        extent == kOpen ? "a call may have one sample" : fmt::format("there are 0 to {}", positions - 1);
    if (constant.initial->form == Initializer::Form::constant) {
        if (!outside(constant.initial->a)) return std::nullopt;
        return fmt::format("each number is {}; {}", constant.initial->a.integer(), known_positions);
    }
    const std::vector<Number>& numbers = *constant.initial->table;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (outside(numbers[i])) return fmt::format("number {} is {}; {}", i, numbers[i].integer(), known_positions);
    }
    return std::nullopt;
}

}  // namespace ricci::ir
