// docs/language.md: every example in it is read, and it lists the verifier's rules as they are.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "ir/ops/table.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "ir/verify/verify.h"
#include "tests/ir/same_graph.h"

namespace ricci::ir {
namespace {

std::string reference() {
    std::ifstream file(std::string(RICCI_SOURCE_DIR) + "/docs/language.md");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

struct Example {
    std::uint32_t line;
    std::string text;
};

/// The fenced blocks marked ein.
std::vector<Example> examples() {
    std::vector<Example> found;
    std::istringstream lines(reference());
    bool inside = false;
    std::uint32_t number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        if (line == "```ein") {
            found.push_back({number, ""});
            inside = true;
        } else if (line == "```") {
            inside = false;
        } else if (inside) {
            found.back().text += line + "\n";
        }
    }
    return found;
}

TEST(Language, EveryExampleIsReadAndPrintsToAFixedPoint) {
    std::vector<Example> all = examples();
    EXPECT_GE(all.size(), 15u);
    for (const Example& example : all) {
        SCOPED_TRACE(fmt::format("docs/language.md:{}", example.line));
        try {
            Graph graph = parse(example.text, "example.ein");
            EXPECT_EQ(print(parse(print(graph))), print(graph));
            EXPECT_EQ(difference(graph, parse(print(graph))), "");
        } catch (const UserError& error) {
            ADD_FAILURE() << error.what();
        }
    }
}

TEST(Language, ListsEveryRuleOfTheVerifier) {
    std::string text = reference();
    for (const Rule& rule : rules()) {
        std::string row = fmt::format("| {} | {} | {} |\n", rule.number, name_of(rule.from), rule.promise);
        EXPECT_NE(text.find(row), std::string::npos) << row;
    }
}

TEST(Language, DescribesEveryScheduleAndRoutine) {
    const std::string text = reference();
    for (const ScheduleWords& words : schedules()) {
        EXPECT_NE(text.find(fmt::format("| `by {}` | ", words.text)), std::string::npos) << words.text;
        EXPECT_EQ(print(words.schedule), words.text);
    }
    for (const Routine& routine : routines()) {
        const std::string bound = fmt::format("{:.0e}", routine.error_bound);
        EXPECT_NE(text.find(fmt::format("{}{} for `{}`", bound.substr(0, 2) + "-", bound.substr(4), routine.name)),
                  std::string::npos)
            << routine.name << " " << bound;
    }
}

TEST(Language, NamesEveryTagOfAGradient) {
    const std::string text = reference();
    for (const Op& op : ops()) {
        for (const std::string& tag : op.gradients) EXPECT_NE(text.find("`" + tag + "`"), std::string::npos) << tag;
    }
}

}  // namespace
}  // namespace ricci::ir
