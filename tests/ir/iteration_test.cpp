// Which point of a writer an access meets, and whether it is the same iteration of shared loops.
#include "ir/core/iteration.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "ir/print/print.h"
#include "ir/text/parser.h"

namespace ricci::ir {
namespace {

/// A graph whose first equation writes h and whose second reads it.
Graph pair_of(std::string_view writer, std::string_view reader) {
    return parse(
        fmt::format("ricci 1 model pair\ninput x: f64[batch ?, height 4, width 6]\n"
                    "input v: f64[batch ?, feature 24]\n{}\n{}\noutput y\n",
                    writer, reader));
}

/// "b = b, y = 2*p + dy, x = ?" for the first read of h.
std::string solved(const Graph& graph) {
    const Equation& writer = graph.equations[0];
    const Equation& reader = graph.equations[1];
    std::vector<std::optional<Affine>> at = written_at(writer, reader, accesses(reader.body)[0]->at);
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < at.size(); ++i) {
        texts.push_back(fmt::format("{} = {}", writer.indices[i].name, at[i] ? print(*at[i], reader.indices) : "?"));
    }
    return fmt::format("{}", fmt::join(texts, ", "));
}

bool shares(const Graph& graph, const std::vector<std::string>& loops) {
    const Equation& reader = graph.equations[1];
    return same_iteration(graph.equations[0], reader, accesses(reader.body)[0]->at, loops);
}

constexpr std::string_view kRows = "h: f64[batch ?, height 4, width 6]\nh[b, y, x] = exp(x[b, y, x])";

TEST(Iteration, BareIndicesAreWhatTheAxisIsReadAt) {
    Graph graph = pair_of(kRows, "y[b, p] = sum(dy: tap_h 2, x: width 6) h[b, 2*p + dy, x] where p: height 2");
    EXPECT_EQ(solved(graph), "b = b, y = 2*p + dy, x = x");
    EXPECT_TRUE(shares(graph, {"b"}));
    EXPECT_TRUE(shares(graph, {"b", "x"}));
    EXPECT_FALSE(shares(graph, {"b", "y"})) << "the reader has no index y";
}

TEST(Iteration, AnotherElementOfTheSameRowIsAnotherIteration) {
    Graph graph = pair_of(kRows, "y[b, y, x] = h[b, y, 5 - x] where x: width 6");
    EXPECT_TRUE(shares(graph, {"b", "y"}));
    EXPECT_FALSE(shares(graph, {"b", "y", "x"}));
}

TEST(Iteration, TuplesSplitWhereTheReadSplits) {
    constexpr std::string_view kBands =
        "h: f64[batch ?, height 4, width 6]\n"
        "h[b, 2*p + dy, x] = x[b, 2*p + dy, x] where p: height 2, dy: tap_h 2";
    EXPECT_EQ(solved(pair_of(kBands, "y[b, p, x] = sum(s: tap_h 2) h[b, 2*p + s, x]")), "b = b, x = x, p = p, dy = s");
    EXPECT_EQ(solved(pair_of(kBands, "y[b, y, x] = h[b, y, x]")), "b = b, x = x, p = ?, dy = ?");
}

TEST(Iteration, ReducedIndicesAreNotTold) {
    Graph graph =
        pair_of("h: f64[width 6]\nh[x] = sum(b: batch ?, y: height 4) x[b, y, x]", "y[b, f] = v[b, f] * h[0]");
    const Equation& reader = graph.equations[1];
    std::vector<std::optional<Affine>> at = written_at(graph.equations[0], reader, accesses(reader.body)[1]->at);
    EXPECT_TRUE(at[0].has_value());
    EXPECT_FALSE(at[1].has_value());
    EXPECT_FALSE(same_iteration(graph.equations[0], reader, accesses(reader.body)[1]->at, {"b"}));
}

}  // namespace
}  // namespace ricci::ir
