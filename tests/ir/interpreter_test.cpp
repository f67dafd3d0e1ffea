// The interpreter on cases small enough to work out by hand.
#include "ir/interpret/interpreter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ir/print/print.h"
#include "ir/text/parser.h"

namespace ricci::ir {
namespace {

using Numbers = std::vector<double>;

constexpr double kInf = std::numeric_limits<double>::infinity();

/// The elements of output y.
Numbers run(const std::string& statements, const Arrays& given, const InterpreterOptions& options = {}) {
    return interpret(parse("ricci 1 model\n" + statements + "\noutput y\n"), given, options).at("y").elements;
}

TEST(Interpreter, MultipliesMatrices) {
    EXPECT_EQ(run("input a: f32[batch ?, feature 3]\ninput b: f32[feature 3, class 2]\ny[m, n] = a[m, K] * b[K, n]",
                  {{"a", {{2, 3}, {1, 2, 3, 4, 5, 6}}}, {"b", {{3, 2}, {1, 0, 0, 1, 1, 1}}}}),
              (Numbers{4, 5, 10, 11}));
}

TEST(Interpreter, Correlates) {
    // A 3 by 3 ramp under a 2 by 2 kernel, stride 1: y = x00 + 2 x01 + 3 x10 + 4 x11.
    EXPECT_EQ(run("input x: f64[height 3, width 3]\ninput w: f64[tap_h 2, tap_w 2]\n"
                  "y[p, q] = sum(r: tap_h 2, s: tap_w 2) x[p + r, q + s] * w[r, s]",
                  {{"x", {{3, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8}}}, {"w", {{2, 2}, {1, 2, 3, 4}}}}),
              (Numbers{27, 37, 57, 67}));
}

TEST(Interpreter, PoolsWithAPaddedMaximum) {
    EXPECT_EQ(run("input x: f32[height 4]\ny[p] = max(r: tap_h 3) pad(x[2*p + r - 1], -inf) where p: height 2",
                  {{"x", {{4}, {-4, -3, -2, -1}}}}),
              (Numbers{-3, -1}));
}

TEST(Interpreter, ScattersAndDropsWhatIsClipped) {
    Arrays given = {{"g", {{3}, {1, 10, 100}}}, {"w", {{2}, {1, 2}}}};
    std::string inputs = "input g: f32[height 3]\ninput w: f32[tap_h 2]\n";
    EXPECT_EQ(run(inputs + "y: f32[height 4]\ny[p + r] += g[p] * w[r] where p: height 3, r: tap_h 2", given),
              (Numbers{1, 12, 120, 200}));
    EXPECT_EQ(run(inputs + "y: f32[height 3]\nclip y[p + r - 1] += g[p] * w[r] where p: height 3, r: tap_h 2", given),
              (Numbers{12, 120, 200}));
}

TEST(Interpreter, FlattensRowMajor) {
    EXPECT_EQ(run("input x: f32[channel 2, width 3]\ny: f32[feature 6]\ny[(c, q)] = 10 * x[c, q] where c: channel 2, "
                  "q: width 3",
                  {{"x", {{2, 3}, {1, 2, 3, 4, 5, 6}}}}),
              (Numbers{10, 20, 30, 40, 50, 60}));
}

TEST(Interpreter, ArgmaxKeepsTheFirstOfEquals) {
    EXPECT_EQ(run("input x: f32[batch ?, class 3]\ny[b] = argmax(k: class 3) x[b, k]",
                  {{"x", {{3, 3}, {1, 7, 7, -kInf, -kInf, -kInf, 5, NAN, NAN}}}}),
              (Numbers{1, 0, 1}));
}

TEST(Interpreter, ArgmaxNumbersItsPointsRowMajor) {
    EXPECT_EQ(run("input x: f32[height 2, width 3]\ny[] = argmax(p: height 2, q: width 3) x[p, q]",
                  {{"x", {{2, 3}, {0, 1, 2, 3, 9, 5}}}}),
              (Numbers{4}));
}

TEST(Interpreter, MaximumAndMinimumTakeNanOver) {
    std::string input = "input x: f32[batch ?, class 3]\n";
    Arrays given = {{"x", {{1, 3}, {1, NAN, 3}}}};
    EXPECT_TRUE(std::isnan(run(input + "y[b] = max(k: class 3) x[b, k]", given)[0]));
    EXPECT_TRUE(std::isnan(run(input + "y[b] = min(k: class 3) x[b, k]", given)[0]));
}

TEST(Interpreter, DividesAndConvertsIntegersByTruncation) {
    Arrays given = {{"n", {{2}, {-7, 7}}}};
    EXPECT_EQ(run("input n: i32[feature 2]\ny[i] = n[i] / 2", given), (Numbers{-3, 3}));
    EXPECT_EQ(run("input n: i32[feature 2]\ny[i] = i64(f32(n[i]) * 0.3)", given), (Numbers{-2, 2}));
}

TEST(Interpreter, KnowsIndicesAndExtents) {
    EXPECT_EQ(run("input x: f32[batch ?, feature 2]\ny[b, i] = x[b, i] * f32(extent(b)) + f32(index(10*b + i))",
                  {{"x", {{2, 2}, {1, 1, 1, 1}}}}),
              (Numbers{2, 3, 12, 13}));
}

TEST(Interpreter, RoundsWhatIsStoredAsF32WhenAsked) {
    Arrays given = {{"x", {{1}, {1.0}}}};
    std::string text = "input x: f32[batch ?]\ny[b] = x[b] / 3";
    EXPECT_EQ(run(text, given)[0], 1.0 / 3.0);
    EXPECT_EQ(run(text, given, {.round_f32 = true})[0], static_cast<double>(1.0F / 3.0F));
}

TEST(Interpreter, ReturnsUpdatesByTheirTarget) {
    Arrays results = interpret(parse("ricci 1 model\nstate n: i64[] = 0\nn.next[] = n[] + 1\nupdate n = n.next\n"),
                               {{"n", {{}, {41}}}});
    EXPECT_EQ(results.at("n").elements, (Numbers{42}));
    EXPECT_EQ(results.size(), 1u);
}

TEST(Interpreter, ShowsEveryTemporaryWhenAsked) {
    Graph graph = parse("ricci 1 model\ninput x: f32[]\na[] = x[] + 1\ny[] = a[] * 2\noutput out = y\n");
    Arrays results = interpret_all(graph, {{"x", {{}, {3}}}});
    EXPECT_EQ(results.at("a").elements, (Numbers{4}));
    EXPECT_EQ(results.at("out").elements, (Numbers{8}));
}

using Integers = std::vector<std::int64_t>;

/// The integers of output y, exactly.
Integers whole(const std::string& statements, const Arrays& given) {
    return interpret(parse("ricci 1 model\n" + statements + "\noutput y\n"), given).at("y").integers;
}

constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();

TEST(Interpreter, CountsIntegersExactly) {
    const Arrays given = {{"n", {{3}, {}, {9007199254740993, kHighest, kLowest}}}};
    EXPECT_EQ(whole("input n: i64[feature 3]\ny[i] = n[i]", given), (Integers{9007199254740993, kHighest, kLowest}));
    EXPECT_EQ(whole("input n: i64[feature 3]\ny[i] = n[i] + 1", given), (Integers{9007199254740994, kLowest, kLowest + 1}));
    EXPECT_EQ(whole("input n: i64[feature 3]\ny[i] = n[i] / -1", given), (Integers{-9007199254740993, -kHighest, kLowest}));
    EXPECT_EQ(whole("input n: i64[feature 3]\ny[i] = n[i] / (n[i] - n[i])", given), (Integers{0, 0, 0}));
    EXPECT_EQ(whole("input n: i64[feature 3]\ny[] = sum(i: feature 3) n[i]", given), (Integers{9007199254740992}));
    EXPECT_EQ(whole("input n: i64[feature 3]\ny[] = prod(i: feature 3) n[i]", given), (Integers{kLowest}));
    EXPECT_EQ(whole("input n: i64[feature 3]\ny[] = max(i: feature 3) n[i]", given), (Integers{kHighest}));
    EXPECT_EQ(whole("input n: i64[feature 3]\ny[] = argmax(i: feature 3) n[i]", given), (Integers{1}));
}

TEST(Interpreter, WrapsToTheTypeAndSaturatesConversions) {
    const Arrays given = {{"n", {{3}, {-2147483648.0, 2147483647, 65537}}}, {"x", {{3}, {3e9, -1e30, std::nan("")}}}};
    EXPECT_EQ(whole("input n: i32[feature 3]\ny[i] = n[i] * n[i]", given), (Integers{0, 1, 131073}));
    EXPECT_EQ(whole("input n: i32[feature 3]\ny[i] = abs(n[i])", given), (Integers{-2147483648, 2147483647, 65537}));
    EXPECT_EQ(whole("input x: f32[feature 3]\ny[i] = i32(x[i])", given), (Integers{2147483647, -2147483648, 0}));
    EXPECT_EQ(whole("input x: f32[feature 3]\ny[i] = i64(x[i])", given), (Integers{3000000000, kLowest, 0}));
    EXPECT_EQ(whole("input x: f32[feature 3]\ny[i] = bool(x[i])", given), (Integers{1, 1, 1}));
    EXPECT_EQ(whole("input x: f32[feature 3]\ny: i64[feature 3]\ny[i] = index(9223372036854775807*i + 1)", given),
              (Integers{1, kLowest, -1}));
}

}  // namespace
}  // namespace ricci::ir
