// docs/ops.md has a line for each op that is no function of one element, as the table says it, and for nothing else.
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <set>
#include <string>

#include "ir/ops/pointwise.h"
#include "ir/ops/table.h"

namespace ricci::testing {
namespace {

/// `softmax(x, over = KIND)`; an attribute that the caller must give has no number.
std::string call_of(const ir::Op& op) {
    std::vector<std::string> parts = op.operands;
    for (const ir::OpAttribute& attribute : op.attributes) {
        const bool required = std::isnan(attribute.standard);
        parts.push_back(required ? attribute.name : fmt::format("{} = {}", attribute.name, attribute.standard));
    }
    if (op.takes_over) parts.push_back("over = KIND");
    return fmt::format("{}({})", op.name, fmt::join(parts, ", "));
}

TEST(OpsReference, HasALineForEachOp) {
    std::ifstream file(std::string(RICCI_SOURCE_DIR) + "/docs/ops.md");
    std::set<std::string> lines;
    std::string line;
    while (std::getline(file, line) && line != "| op | what it gives |") {
    }
    while (std::getline(file, line)) {
        if (line.starts_with("| `")) lines.insert(line);
    }
    ASSERT_FALSE(lines.empty()) << "docs/ops.md has no table of ops";
    for (const ir::Op& op : ir::ops()) {
        const std::optional<ir::InlineOp> inlined = ir::pointwise_op(op.name);
        if (inlined && inlined->operands.size() == 1) continue;  // docs/language.md has these
        const std::string expected = fmt::format("| `{}` | {} |", call_of(op), op.summary);
        EXPECT_EQ(lines.erase(expected), 1U) << "docs/ops.md lacks this line:\n" << expected;
    }
    for (const std::string& other : lines) ADD_FAILURE() << "docs/ops.md has a line of no op:\n" << other;
}

}  // namespace
}  // namespace ricci::testing
