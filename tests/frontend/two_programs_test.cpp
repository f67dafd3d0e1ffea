/// \file tests/frontend/two_programs_test.cpp
/// Training programs of one model: they share its parameters, and nothing of what their optimizers add.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "runtime/file/safetensors.h"
#include "tests/frontend/line.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

class TwoPrograms : public testing::TestWithParam<Engine> {
  protected:
    TwoPrograms() { std::filesystem::create_directories(folder); }
    ~TwoPrograms() override { std::filesystem::remove_all(folder); }
    CompileOptions options() const { return {.threads = 1, .engine = GetParam()}; }
    Program fit(double rate, double momentum = 0) const {
        return training_step(line.loss, sgd({.learning_rate = rate, .momentum = momentum}));
    }
    static double run(Function& step) { return step(rows({0, 1}), list({-1, 2})).scalar(); }
    std::vector<std::string> names_in(const char* file) const {
        std::vector<std::string> names;
        for (const runtime::Buffer& tensor : runtime::read_safetensors(folder / file).tensors)
            names.push_back(tensor.spec().name);
        return names;
    }

    Line line;
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / fmt::format("ricci_two_programs_{}", ::getpid());
};

/// What one step of a fresh model with this rate leaves, for a gradient of 0.5 by w.
constexpr float kGradient = 0.5F;

TEST_P(TwoPrograms, HaveTheirOwnLearningRates) {
    Function fast = compile_forced(fit(0.1), options());
    Function slow = compile_forced(fit(0.01), options());
    EXPECT_FLOAT_EQ(number(fast.parameters()["learning_rate"]), 0.1F);
    EXPECT_FLOAT_EQ(number(slow.parameters()["learning_rate"]), 0.01F);
    run(fast);
    EXPECT_FLOAT_EQ(number(line.m.parameters()["w"]), 2 - 0.1F * kGradient);
    line.m.parameters().draw(0);
    run(slow);
    EXPECT_FLOAT_EQ(number(line.m.parameters()["w"]), 2 - 0.01F * kGradient);
    slow.set("learning_rate", 1);
    EXPECT_FLOAT_EQ(number(fast.parameters()["learning_rate"]), 0.1F);
}

TEST_P(TwoPrograms, InTurnsGiveWhatTwoOptimizersGive) {
    Function fit_step = compile_forced(fit(0.1, 0.9), options());
    Function decay = compile_forced(training_step(line.penalty, sgd({.learning_rate = 0.01f, .momentum = 0.5f})), options());
    // The same by hand. d loss = mean 2 r x, mean 2 r; d penalty = 2 w, 2 c.
    double w = 2, c = 0.5, fit_w = 0, fit_c = 0, decay_w = 0, decay_c = 0;
    for (int turn = 0; turn < 5; ++turn) {
        run(fit_step);
        const double r0 = c - -1, r1 = w + c - 2;
        fit_w = 0.9 * fit_w + r1, fit_c = 0.9 * fit_c + r0 + r1;
        w -= 0.1 * fit_w, c -= 0.1 * fit_c;
        decay();
        decay_w = 0.5 * decay_w + 2 * w, decay_c = 0.5 * decay_c + 2 * c;
        w -= 0.01 * decay_w, c -= 0.01 * decay_c;
    }
    EXPECT_NEAR(number(line.m.parameters()["w"]), w, 1e-5);
    EXPECT_NEAR(number(line.m.parameters()["c"]), c, 1e-5);
    EXPECT_NEAR(number(fit_step.parameters()["w.velocity"]), fit_w, 1e-4);
    EXPECT_NEAR(number(decay.parameters()["w.velocity"]), decay_w, 1e-4);
}

TEST_P(TwoPrograms, FunctionsOfOneProgramShareItsState) {
    const Program program = fit(0.1, 0.9);
    Function first = compile_forced(program, options());
    first.set("learning_rate", 0.05);
    run(first);
    Function second = compile_forced(Program(program), options());
    EXPECT_FLOAT_EQ(number(second.parameters()["learning_rate"]), 0.05F);
    EXPECT_FLOAT_EQ(number(second.parameters()["w.velocity"]), kGradient);
}

TEST_P(TwoPrograms, AFunctionSavesAndLoadsItsOwnState) {
    Function other = compile_forced(fit(0.3, 0.9), options());
    Function step = compile_forced(fit(0.1, 0.9), options());
    run(step);
    step.parameters().save(folder / "step", true);
    EXPECT_EQ(names_in("step"), (std::vector<std::string>{"w", "c", "learning_rate", "w.velocity", "c.velocity"}));
    run(step);
    step.set("learning_rate", 0.7);
    step.parameters().load(folder / "step");
    EXPECT_FLOAT_EQ(number(step.parameters()["learning_rate"]), 0.1F);
    EXPECT_FLOAT_EQ(number(step.parameters()["w.velocity"]), kGradient);
    EXPECT_FLOAT_EQ(number(other.parameters()["learning_rate"]), 0.3F);
    EXPECT_FLOAT_EQ(number(other.parameters()["w.velocity"]), 0);
}

TEST_P(TwoPrograms, AModelSavesAndLoadsTheStateOfAll) {
    Function first = compile_forced(fit(0.1), options());
    Function second = compile_forced(fit(0.2, 0.9), options());
    run(second);
    line.m.parameters().save(folder / "all", true);
    EXPECT_EQ(names_in("all"), (std::vector<std::string>{"w", "c", "learning_rate", "step2/learning_rate",
                                                         "step2/w.velocity", "step2/c.velocity"}));
    line.m.parameters().draw(3);
    first.set("learning_rate", 9);
    EXPECT_FLOAT_EQ(number(second.parameters()["w.velocity"]), 0);
    line.m.parameters().load(folder / "all");
    EXPECT_FLOAT_EQ(number(first.parameters()["learning_rate"]), 0.1F);
    EXPECT_FLOAT_EQ(number(line.m.parameters()["step2/learning_rate"]), 0.2F);
    EXPECT_FLOAT_EQ(number(second.parameters()["w.velocity"]), kGradient);
    EXPECT_EQ(refusal([&] { first.parameters().load(folder / "all"); }),
              (folder / "all").string() +
                  ": tensor \"step2/learning_rate\" is not in this model, where fewer training programs are compiled "
                  "than the file has states of");
}

TEST_P(TwoPrograms, APredictionHasNoLearningRate) {
    Function step = compile_forced(fit(0.1), options());
    Function predict = compile_forced(line.y, options());
    EXPECT_EQ(refusal([&] { predict.set("learning_rate", 7); }),
              "line: set(\"learning_rate\", 7): this program has no such state; the states of an optimizer are set on the "
              "function of its training step");
    EXPECT_FLOAT_EQ(number(step.parameters()["learning_rate"]), 0.1);
    predict.set("c", 3);  // a parameter that the programs share
    EXPECT_EQ(number(step.parameters()["c"]), 3);
    EXPECT_EQ(refusal([&] { predict.set("rate", 7); }), "no parameter or state \"rate\"; there is w, c, learning_rate");
}

TEST_P(TwoPrograms, StateGoesWithTheLastThatHoldsTheProgram) {
    {
        Function step = compile_forced(fit(0.1, 0.9), options());
        EXPECT_TRUE(line.m.parameters().contains("w.velocity"));
    }
    EXPECT_FALSE(line.m.parameters().contains("w.velocity"));
    EXPECT_EQ(refusal([&] { line.m.parameters().set("learning_rate", 1); }),
              "no parameter or state \"learning_rate\"; there is w, c");
}

INSTANTIATE_TEST_SUITE_P(Engines, TwoPrograms, testing::Values(Engine::interpreter, Engine::jit),
                         [](const auto& engine) { return engine.param == Engine::jit ? "jit" : "interpreter"; });

}  // namespace
}  // namespace ricci::test
