// The folding rules on bodies drawn at random: whatever the tree, its values stay. The seed is in each message.
#include "passes/cleanup/fold.h"

#include <gtest/gtest.h>

#include <random>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/check/verify_values.h"
#include "tests/seed.h"

namespace ricci::passes {
namespace {

using namespace ir;

constexpr int kElements = 7;

/// Trees over x[f], y[f] (f64) and n[f] (i64), with the constants that rules look for. Divisors stay away from 0,
/// because the sign of a zero is not kept.
class Trees {
  public:
    explicit Trees(std::uint64_t seed) : engine_(seed) {}

    ExprRef real(int depth) {
        if (depth == 0) return real_leaf();
        switch (pick(12)) {
            case 0: return real(depth - 1) + real(depth - 1);
            case 1: return real(depth - 1) - real(depth - 1);
            case 2:
            case 3: return real(depth - 1) * real(depth - 1);
            case 4: return real(depth - 1) / (constant(2, f64) + call(Scalar::abs, {real(depth - 1)}));
            case 5: return -real(depth - 1);
            case 6: return call(Scalar::max, {real(depth - 1), real(depth - 1)});
            case 7: return call(Scalar::min, {real(depth - 1), real(depth - 1)});
            case 8: return call(Scalar::pow, {real(depth - 1), constant(pick(6), f64)});
            case 9: return call(Scalar::tanh, {real(depth - 1)});
            case 10: return cast(integer(depth - 1), f64);
            default: return call(Scalar::select, {condition(depth - 1), real(depth - 1), real(depth - 1)});
        }
    }

  private:
    int pick(int count) { return static_cast<int>(engine_() % static_cast<unsigned>(count)); }
    ExprRef read(ValueId value, DType dtype) { return element({value, {Affine::of(0)}, {}}, dtype); }

    ExprRef real_leaf() {
        constexpr double kConstants[] = {-1, 0, 1, 2, 0.5};
        if (pick(2) == 0) return constant(kConstants[pick(5)], f64);
        return read(ir::ValueId(pick(2)), f64);
    }

    ExprRef integer(int depth) {
        if (depth == 0 && pick(2) == 0) return constant(pick(4) - 1, i64);
        if (depth == 0) return pick(2) == 0 ? read(2, i64) : index_value(Affine::of(0));
        switch (pick(4)) {
            case 0: return integer(depth - 1) + integer(depth - 1);
            case 1: return integer(depth - 1) * integer(depth - 1);
            case 2: return integer(depth - 1) - integer(depth - 1);
            default: return -integer(depth - 1);
        }
    }

    ExprRef condition(int depth) {
        constexpr Scalar kComparisons[] = {Scalar::less, Scalar::greater, Scalar::equal, Scalar::less_equal};
        if (depth == 0) return constant(pick(2), boolean);
        switch (pick(5)) {
            case 0: return call(Scalar::logical_and, {condition(depth - 1), condition(depth - 1)});
            case 1: return call(Scalar::logical_or, {condition(depth - 1), condition(depth - 1)});
            case 2: return call(Scalar::logical_not, {condition(depth - 1)});
            default: return call(kComparisons[pick(4)], {real(depth - 1), real(depth - 1)});
        }
    }

    std::mt19937_64 engine_;
};

Graph graph_of(const ExprRef& body) {
    Graph graph = parse("ricci 1 model fold\ninput x: f64[feature 7]\ninput y: f64[feature 7]\n"
                        "input n: i64[feature 7]\nr: f64[feature 7]\nr[f] = x[f]\noutput r\n");
    graph.equations[0].body = body;
    return graph;
}

TEST(Fold, KeepsTheValuesOfRandomBodies) {
    std::size_t smaller = 0;
    for (const std::uint64_t seed : test::seeds(2000)) {
        ExprRef body = Trees(seed).real(2 + static_cast<int>(seed % 4));
        ExprRef folded = fold(body);
        Graph before = graph_of(body);
        for (const std::string& line : value_differences(before, graph_of(folded), kElements, seed)) {
            ADD_FAILURE() << "seed " << seed << ": " << line << "\nbefore: " << print(before, before.equations[0])
                          << "\nafter: " << print(before, before.equations[0], folded);
        }
        smaller += same(body, folded) ? 0 : 1;
    }
    EXPECT_GT(smaller, 1000U) << "the bodies give the rules little to do";
}

TEST(Fold, ComesToRest) {
    for (const std::uint64_t seed : test::seeds(2000)) {
        ExprRef folded = fold(Trees(seed).real(4));
        ExprRef again = folded;
        for (int round = 0; round < 4; ++round) again = fold(again);
        Graph graph = graph_of(folded);
        EXPECT_TRUE(same(fold(again), again)) << "seed " << seed << " goes on changing: "
                                              << print(graph, graph.equations[0], again);
    }
}

}  // namespace
}  // namespace ricci::passes
