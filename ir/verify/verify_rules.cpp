// How a report names an equation.
#include "ir/verify/verify_rules.h"

#include <fmt/ranges.h>

#include "ir/print/print.h"

namespace ricci::ir {

std::string Report::subject(const Equation& equation) const {
    std::vector<std::string> left;
    for (const Affine& at : equation.left) left.push_back(print(at, equation.indices));
    return fmt::format("{}[{}]", graph_.value(equation.result).name, fmt::join(left, ", "));
}

}  // namespace ricci::ir
