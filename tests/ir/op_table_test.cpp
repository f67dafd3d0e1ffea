// What holds for every op of the table, by its own examples.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "ir/interpret/interpreter.h"
#include "ir/ops/table.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "ir/verify/verify.h"
#include "tests/seed.h"

namespace ricci::ir {
namespace {

/// Calls visit(op, graph, example) for each example of each op.
template <typename Visit>
void each_example(const Visit& visit) {
    for (const Op& op : ops()) {
        for (const std::string& example : op.examples) {
            SCOPED_TRACE(op.name + ": " + example);
            try {
                visit(op, parse(example_text(op, example), op.name), example);
            } catch (const std::exception& error) {
                ADD_FAILURE() << error.what();
            }
        }
    }
}

Arrays random_inputs(const Graph& graph, std::mt19937_64& random) {
    Arrays arrays;
    std::uniform_real_distribution<double> number(0.1, 0.9);
    for (const Value& value : graph.values) {
        if (value.role == Role::temporary) continue;
        Array array;
        for (const Axis& axis : value.type.axes) array.extents.push_back(axis.extent == kOpen ? 3 : axis.extent);
        for (std::int64_t i = 0; i < value.type.count(3); ++i) {
            array.elements.push_back(is_float(value.type.dtype) ? number(random) : static_cast<double>(random() % 2));
        }
        arrays[value.name] = std::move(array);
    }
    return arrays;
}

TEST(OpTable, HasAnExampleASummaryAndDocumentedAttributesForEachOp) {
    for (const Op& op : ops()) {
        EXPECT_FALSE(op.examples.empty()) << op.name;
        EXPECT_FALSE(op.summary.empty()) << op.name;
        for (const OpAttribute& attribute : op.attributes) EXPECT_FALSE(attribute.doc.empty()) << op.name;
    }
}

TEST(OpTable, NamesAreUnique) {
    for (std::size_t i = 1; i < ops().size(); ++i) EXPECT_LT(ops()[i - 1].name, ops()[i].name);
}

TEST(OpTable, ExamplesPrintAsTheTextTheyParseFrom) {
    each_example([](const Op&, const Graph& graph, const std::string&) {
        std::string text = print(graph);
        EXPECT_EQ(print(parse(text, "printed")), text);
    });
}

TEST(OpTable, ExamplesKeepTheRulesOfGraphs) {
    each_example([](const Op&, const Graph& graph, const std::string&) {
        for (const Violation& violation : violations(graph)) ADD_FAILURE() << violation.text << "\n" << print(graph);
    });
}

TEST(OpTable, ExamplesGiveNumbers) {
    std::mt19937_64 random(test::seed());
    each_example([&](const Op&, const Graph& graph, const std::string&) {
        Arrays results = interpret(graph, random_inputs(graph, random));
        for (double element : results.at("y").elements) EXPECT_TRUE(std::isfinite(element)) << print(graph);
    });
}

}  // namespace
}  // namespace ricci::ir
