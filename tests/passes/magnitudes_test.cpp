/// \file tests/passes/magnitudes_test.cpp
/// The magnitudes of terms, and comparisons by them.
#include "passes/check/magnitudes.h"

#include <gtest/gtest.h>

#include "ir/text/parser.h"
#include "passes/check/verify_values.h"

namespace ricci::passes {
namespace {

using ir::Arrays;

std::vector<double> magnitudes_of(const std::string& equations, const Arrays& given, const std::string& result = "y") {
    return magnitudes(ir::parse("ricci 1 model m\n" + equations), given).at(result).elements;
}

TEST(Magnitudes, OfASumAreTheSumOfItsTerms) {
    const Arrays given{{"x", {{3}, {1e6, -1e6, 1}}}};
    EXPECT_EQ(magnitudes_of("input x: f64[feature 3]\ny[] = sum(i) x[i]\noutput y\n", given),
              std::vector<double>{2e6 + 1});
    EXPECT_EQ(magnitudes_of("input x: f64[feature 3]\ny[i] = x[i] - 1e6\noutput y\n", given),
              (std::vector<double>{2e6, 2e6, 1e6 + 1}));
}

TEST(Magnitudes, FlowThroughValuesAndFunctions) {
    // s cancels to 1 of 2e6 + 1; the product carries that on, and tanh by its slope, which is 0 there or nearly.
    const Arrays given{{"x", {{3}, {1e6, -1e6, 1}}}};
    const std::string text = "input x: f64[feature 3]\ns[] = sum(i) x[i]\ny[i] = s[] * x[i]\nz[] = exp(s[] - 1)\n"
                             "output y\noutput z\n";
    EXPECT_EQ(magnitudes_of(text, given), (std::vector<double>{2e12 + 2e6, 2e12 + 2e6, 2e6 + 2}));
    EXPECT_EQ(magnitudes_of(text, given, "z"), std::vector<double>{1 + (2e6 + 2)});
}

TEST(Magnitudes, OfAMaximumAreTheLargestAndPaddingByInfinityIsNone) {
    const Arrays given{{"x", {{3}, {-5, 2, 3}}}};
    EXPECT_EQ(magnitudes_of("input x: f64[height 3]\ny[p] = max(d: tap_h 2) pad(x[p + d - 1], -inf) where p: height 4\n"
                            "output y\n", given),
              (std::vector<double>{5, 5, 3, 3}));
}

TEST(Magnitudes, ComeByTheNamesOfOutputsAndUpdatesAndIntegersHaveNone) {
    const ir::Graph graph = ir::parse("ricci 1 step m\ninput x: f64[feature 2]\ninput n: i32[feature 2]\n"
                                      "state s: f64[feature 2] = 0\nt[i] = s[i] - x[i]\nm[i] = n[i] + 1\n"
                                      "output renamed = t\noutput m\noutput x\nupdate s = t\n");
    const Arrays all = magnitudes(graph, {{"x", {{2}, {1, 2}}}, {"n", {{2}, {3, 4}}}, {"s", {{2}, {5, 6}}}});
    EXPECT_EQ(all.size(), 2U);
    EXPECT_EQ(all.at("renamed").elements, (std::vector<double>{6, 8}));
    EXPECT_EQ(all.at("s").elements, (std::vector<double>{6, 8}));
}

TEST(Magnitudes, AreAtMostWhatTheArrayAllows) {
    const ir::Array terms{{3}, {2, 50, std::numeric_limits<double>::quiet_NaN()}};
    EXPECT_EQ(scale_of(&terms, 0, 10), 2);
    EXPECT_EQ(scale_of(&terms, 1, 10), 10);
    EXPECT_EQ(scale_of(&terms, 2, 10), 10);
    EXPECT_EQ(scale_of(nullptr, 0, 10), 10);
}

TEST(Magnitudes, OfTheLastEquationAreThoseOfItsOperandsValues) {
    const ir::Graph graph = ir::parse("ricci 1 model m\ninput x: f64[feature 2]\nt[i] = x[i] - 1e6\nu[i] = t[i] + 2\n"
                                      "copy[i] = u[i]\ns[] = sum(i) u[i]\noutput u\noutput copy\noutput s\n");
    const Arrays given{{"x", {{2}, {1e6, 1e6 + 3}}}};
    Terms terms(graph, given);
    EXPECT_EQ(terms.largest_of_last("u"), 5);
    EXPECT_EQ(terms.largest_of_last("copy"), 5);
    EXPECT_EQ(terms.largest_of_last("s"), 5);  // the largest term of the sum
    EXPECT_EQ(terms.of("u")->elements[0], 2e6 + 2);
}

TEST(Magnitudes, OfAReductionAreCarriedThroughWhatFollows) {
    // All elements of g cancel; the terms of its sum are 3 at the most.
    const ir::Graph graph = ir::parse("ricci 1 model m\ninput x: f64[batch 2, feature 2]\nstate v: f64[feature 2] = 0\n"
                                      "g[f] = sum(b) x[b, f]\nnext[f] = 0.5 * v[f] - 2 * g[f]\n"
                                      "twice[f] = sum(b) next[f] * x[b, f]\nbare[f] = v[f] + 1\n"
                                      "output next\noutput twice\noutput bare\n");
    const Arrays given{{"x", {{2, 2}, {3, 1, -3, -1}}}, {"v", {{2}, {0, 0}}}};
    Terms terms(graph, given);
    EXPECT_EQ(terms.largest_of_last("next"), 6);
    EXPECT_EQ(terms.largest_of_last("twice"), 0);  // its terms are 0, and what went into them is not asked
    EXPECT_EQ(terms.largest_of_last("bare"), 1);
}

/// An error of 1e-6 in an element of the order of 1 beside one of the order of 1e6: the array's largest hides it.
TEST(VerifyValues, ComparesEachElementWithItsOwnTerms) {
    const std::string text = "ricci 1 model m\ninput x: f64[feature 2]\n"
                             "y[i] = x[i] * select(i == 0, 1e6, 1.0){}\noutput y\n";
    const auto graph = [&](const char* more) { return ir::parse(fmt::format(fmt::runtime(text), more)); };
    EXPECT_TRUE(value_differences(graph(""), graph(""), 2, 1).empty());
    EXPECT_EQ(value_differences(graph(""), graph(" + select(i == 1, 1e-6, 0.0)"), 2, 1).size(), 1U);
    EXPECT_TRUE(value_differences(graph(""), graph(" + select(i == 0, 1e-6, 0.0)"), 2, 1).empty());
}

}  // namespace
}  // namespace ricci::passes
