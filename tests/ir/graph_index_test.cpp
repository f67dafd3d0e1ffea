/// \file tests/ir/graph_index_test.cpp
/// Graph::find, add, rename and writer stay right under every kind of edit.
#include <gtest/gtest.h>

#include "ir/elaborate/elaborate.h"
#include "ir/core/rollback.h"
#include "ir/surface/surface_parser.h"
#include "ir/text/parser.h"
#include "ir/verify/verify.h"

namespace ricci::ir {
namespace {

Value value(std::string name) {
    return {.name = std::move(name), .type = {f32, {}}, .role = Role::input};
}

TEST(GraphIndex, AddMakesNamesUniqueWithTheFirstFreeNumber) {
    Graph graph;
    graph.add(value("x"));
    graph.add(value("x.3"));
    for (const char* expected : {"x.2", "x.4", "x.5"}) EXPECT_EQ(graph.value(graph.add(value("x"))).name, expected);
}

TEST(GraphIndex, FindsWhatWasPushedWithoutAdd) {
    Graph graph;
    graph.add(value("x"));
    graph.values.push_back(value("y"));
    EXPECT_EQ(graph.find("y"), ValueId(1));
    EXPECT_EQ(graph.value(graph.add(value("y"))).name, "y.2");
    EXPECT_EQ(graph.find("y.2"), ValueId(2));
    EXPECT_EQ(graph.find("z"), ValueId());
}

TEST(GraphIndex, FindsByTheNewNameAfterRename) {
    Graph graph;
    graph.add(value("x"));
    const ValueId y = graph.add(value("y"));
    graph.rename(y, "z");
    EXPECT_EQ(graph.find("z"), y);
    EXPECT_EQ(graph.find("y"), ValueId());
    EXPECT_EQ(graph.value(graph.add(value("y"))).name, "y");
    graph.rename(y, "x");
    EXPECT_EQ(graph.value(y).name, "x.2") << "a name that is taken gets a number";
}

TEST(GraphIndex, RenameFreesTheNumberOfTheOldName) {
    Graph graph;
    for (int i = 0; i < 3; ++i) graph.add(value("x"));
    graph.rename(1, "y");
    EXPECT_EQ(graph.value(graph.add(value("x"))).name, "x.2");
}

TEST(GraphIndex, ACopyAnswersForItself) {
    Graph graph;
    graph.add(value("x"));
    Graph copy = graph;
    copy.value(0).name = "y";
    EXPECT_EQ(copy.find("x"), ValueId());
    EXPECT_EQ(copy.find("y"), ValueId(0));
    copy = graph;
    EXPECT_EQ(copy.find("x"), ValueId(0));
    const Graph moved = std::move(copy);
    EXPECT_EQ(moved.find("x"), ValueId(0));
}

TEST(GraphIndex, ForgetsWhatIsTakenBack) {
    Graph graph;
    graph.add(value("x"));
    {
        Rollback rollback(graph);
        graph.add(value("y"));
    }
    EXPECT_EQ(graph.find("y"), ValueId());
    EXPECT_EQ(graph.value(graph.add(value("y"))).name, "y");
    EXPECT_EQ(graph.find("y"), ValueId(1));
}

TEST(GraphIndex, ForgetsWhatIsErased) {
    Graph graph;
    for (const char* name : {"x", "y", "z"}) graph.add(value(name));
    graph.values.erase(graph.values.begin());
    EXPECT_EQ(graph.find("y"), ValueId(0));
    EXPECT_EQ(graph.find("x"), ValueId());
    graph.add(value("w"));
    EXPECT_EQ(graph.find("z"), ValueId(1)) << "it was the third before";
}

TEST(GraphIndex, KnowsTheWriterOfEachValue) {
    Graph graph;
    graph.values.push_back({.name = "x", .type = {f32, {{kinds::feature(), 4}}}, .role = Role::input});
    const ValueId y = elaborate(graph, parse_equation("y[f] = 2 * x[f]", "text", 1));
    const ValueId z = elaborate(graph, parse_equation("z[f] = x[f] + y[f]", "text", 1));
    EXPECT_EQ(graph.writer(0), EquationId());
    EXPECT_EQ(graph.writer(y), EquationId(0));
    EXPECT_EQ(graph.writer(z), EquationId(1));
    graph.index_writers();
    std::swap(graph.equations[0], graph.equations[1]);
    EXPECT_EQ(graph.writer(y), EquationId(1));
    graph.equations.pop_back();
    EXPECT_EQ(graph.writer(y), EquationId());
}

TEST(GraphIndex, TheVerifierFindsANameThatChangedBehindIt) {
    Graph graph = parse("ricci 1 model m\ninput x: f32[]\ny[] = 2 * x[]\noutput y\n");
    graph.value(0).name = "renamed";
    try {
        verify(graph, "the test");
        FAIL() << "it verifies";
    } catch (const InternalError& error) {
        EXPECT_NE(std::string(error.what()).find("after the test: x became renamed without Graph::rename"),
                  std::string::npos)
            << error.what();
    }
}

}  // namespace
}  // namespace ricci::ir
