/// Results of the C++ API come in the order in which they were asked for.
#include <gtest/gtest.h>

#include "ricci/notation.h"
#include "ricci/compile.h"
#include "tests/frontend/function.h"

namespace ricci::test {
namespace {

class OutputOrder : public testing::TestWithParam<Engine> {
  protected:
    OutputOrder() {
        penalty[] = sum(k)(w[k] * w[k]);
        loss[] = penalty[] * 3;
    }

    CompileOptions options() const { return {.threads = 1, .engine = GetParam()}; }

    Index k{"k", feature};
    Model m{"order"};
    Tensor w = m.parameter("w", f32, {feature(2)}, constant(1));
    Tensor penalty = m.tensor("penalty");
    Tensor loss = m.tensor("loss");
};

TEST_P(OutputOrder, WhatReadsAnotherOutputMayComeFirst) {
    Function both = compile_forced(forward({loss, penalty}), options());
    const Results results = both();
    EXPECT_EQ(results.scalar(), 6);
    EXPECT_EQ(results.names()[0], "loss");
    EXPECT_EQ(results.names()[1], "penalty");
    EXPECT_EQ(results[1].span<float>()[0], 2);
}

TEST_P(OutputOrder, GradientsComeBehindTheirScalarAsAsked) {
    for (const bool turned : {false, true}) {
        const std::vector<Tensor> by = turned ? std::vector{w, penalty} : std::vector{penalty, w};
        Function slopes = compile_forced(gradients(loss, by), options());
        const Results results = slopes();
        EXPECT_EQ(results.names()[0], "loss");
        EXPECT_EQ(results.names()[turned ? 2 : 1], "gradient.penalty");
        EXPECT_EQ(results.names()[turned ? 1 : 2], "gradient.w");
        EXPECT_EQ(results[turned ? 2 : 1].span<float>()[0], 3);
        EXPECT_EQ(results[turned ? 1 : 2].span<float>()[0], 6);
    }
}

TEST_P(OutputOrder, AParameterIsAnOutputToo) {
    Function all = compile_forced(forward({loss, w, penalty}), options());
    const Results results = all();
    EXPECT_EQ(describe(results[1]), "w: f32[feature 2]");
    EXPECT_EQ(results[1].span<float>()[1], 1);
}

INSTANTIATE_TEST_SUITE_P(Engines, OutputOrder, testing::Values(Engine::interpreter, Engine::jit),
                         [](const auto& engine) { return engine.param == Engine::jit ? "jit" : "interpreter"; });

}  // namespace
}  // namespace ricci::test
