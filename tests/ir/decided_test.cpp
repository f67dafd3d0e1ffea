// What ranges of indices decide of a body, and where they cut a loop.
#include "ir/analysis/decided.h"

#include <gtest/gtest.h>

#include "ir/loops/pieces.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"

namespace ricci::ir {
namespace {

Graph graph_of(const std::string& body) {
    return parse("ricci 1 model decided\ninput x: f32[channel 8]\ny: f32[channel 20]\ny[k] = " + body + " where k: channel 20\noutput y\n",
                 "decided");
}

/// The body where k runs from `first` to `last`.
std::string between(std::int64_t first, std::int64_t last, const std::string& body) {
    Graph graph = graph_of(body);
    Equation& equation = graph.equations.back();
    IdVector<IndexId, IndexRange> ranges = ranges_of(equation);
    ranges[0] = {.first = first, .last = last};
    equation.body = decided(graph, equation, ranges);
    const std::string text = print(graph);
    const std::size_t at = text.find("y[k] = ") + 7;
    return text.substr(at, text.find('\n', at) - at);
}

TEST(Decided, ComparisonsOfIndices) {
    const std::string body = "select(k < 8, 1.0, 2.0)";
    EXPECT_EQ(between(0, 7, body), "1");
    EXPECT_EQ(between(8, 19, body), "2");
    EXPECT_EQ(between(7, 8, body), body.substr(0, 14) + "1, 2)");
    EXPECT_EQ(between(3, 3, "select(2*k == 6, 1.0, 2.0)"), "1");
    EXPECT_EQ(between(4, 9, "select(k != 3 && k >= 4, 1.0, 2.0)"), "1");
    EXPECT_EQ(between(0, 2, "select(k > 2 || k <= 2, 1.0, 2.0)"), "1");
}

// No difference of them is formed: it would not fit into 64 bits.
TEST(Decided, LeavesLargeNumbersAlone) {
    const std::string lowest = "select(k >= -9223372036854775808, 1, 2)";
    EXPECT_EQ(between(0, 7, lowest), lowest);
    EXPECT_EQ(between(0, 7, "select(k - 9223372036854775807 < 2, 1, 2)"), "select(k - 9223372036854775807 < 2, 1, 2)");
}

TEST(Decided, ReadsOutsideAreTheirPadding) {
    EXPECT_EQ(between(8, 19, "pad(x[k + 0], 3)"), "3");
    EXPECT_EQ(between(0, 7, "pad(x[k + 0], 3)"), "x[k + 0]");
    EXPECT_EQ(between(7, 8, "pad(x[k + 0], 3)"), "pad(x[k + 0], 3)");
    EXPECT_EQ(between(0, 4, "pad(x[4 - k], 3)"), "x[-k + 4]");
}

std::vector<std::int64_t> cuts(const std::string& body) {
    const Graph graph = graph_of(body);
    const Equation& equation = graph.equations.back();
    const Nest nest = nest_of(graph, equation, {}, longest_runs(graph, equation, {}));
    return cuts_of(graph, nest)[0];
}

// Each cut is the first number of the next piece, by plain evaluation.
TEST(Pieces, AreCutWhereAnAnswerChanges) {
    using Cuts = std::vector<std::int64_t>;
    EXPECT_EQ(cuts("select(k < 8, 1.0, 2.0)"), (Cuts{8}));
    EXPECT_EQ(cuts("select(k <= 8, 1.0, 2.0)"), (Cuts{9}));
    EXPECT_EQ(cuts("select(k == 8, 1.0, 2.0)"), (Cuts{8, 9}));
    EXPECT_EQ(cuts("select(3*k > 10, 1.0, 2.0)"), (Cuts{4}));
    EXPECT_EQ(cuts("select(10 - 3*k > 0, 1.0, 2.0)"), (Cuts{4}));
    EXPECT_EQ(cuts("select(9 - 3*k > 0, 1.0, 2.0)"), (Cuts{3}));
    EXPECT_EQ(cuts("select(9 - 3*k >= 0, 1.0, 2.0)"), (Cuts{4}));
    EXPECT_EQ(cuts("pad(x[k - 5], 0)"), (Cuts{5, 13}));
    EXPECT_EQ(cuts("pad(x[2*k - 5], 0)"), (Cuts{3, 7}));
    EXPECT_EQ(cuts("pad(x[9 - k], 0)"), (Cuts{2, 10}));
    EXPECT_EQ(cuts("select(k < 20, 1.0, 2.0)"), (Cuts{}));
    EXPECT_EQ(cuts("x[0] + f32(k)"), (Cuts{}));
}

// Windows of three that begin at 2*k - 1 in a row of eight: of nine positions, 1 to 3 read no padding.
TEST(Pieces, OfAReductionBeginWhereItsWindowsLieInside) {
    const Graph graph = parse(R"(ricci 1 lowered pool
input x: f32[width 8]
y: f32[width 9]
y[k] = max(d: tap_w 3) pad(x[2*k + d - 1], -inf)
output y
)");
    const Equation& equation = graph.equations.back();
    const Nest nest = nest_of(graph, equation, {}, longest_runs(graph, equation, {}));
    EXPECT_EQ(cuts_of(graph, nest)[0], (std::vector<std::int64_t>{1, 4}));
    const std::vector<Piece> pieces = pieces_of(graph, nest);
    ASSERT_EQ(pieces.size(), 3U);
    EXPECT_FALSE(pieces[0].nest.reads[0].guards.empty());
    EXPECT_TRUE(pieces[1].nest.reads[0].guards.empty());
    EXPECT_FALSE(pieces[2].nest.reads[0].guards.empty());
}

TEST(Pieces, HoldEachNumberOnce) {
    const Graph graph = graph_of("select(k < 3, pad(x[k + 0], 0), select(k == 11, 1, pad(x[k - 12], 0)))");
    const Equation& equation = graph.equations.back();
    const Nest nest = nest_of(graph, equation, {}, longest_runs(graph, equation, {}));
    std::int64_t next = 0;
    for (const Piece& piece : pieces_of(graph, nest)) {
        EXPECT_EQ(piece.numbers[LevelId(0)].first, next);
        next = piece.numbers[LevelId(0)].second;
        EXPECT_LE(piece.nest.reads.size(), 1U);
        for (const Stream& read : piece.nest.reads) EXPECT_TRUE(read.guards.empty()) << "asked at each load";
    }
    EXPECT_EQ(next, 20);
}

}  // namespace
}  // namespace ricci::ir
