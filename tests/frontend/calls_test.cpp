/// \file tests/frontend/calls_test.cpp
/// Calls of functions by name and by place, and functions that threads have of their own.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "ricci/layers.h"
#include "tests/frontend/function.h"
#include "tests/frontend/line.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

class Calls : public testing::TestWithParam<Engine> {
  protected:
    CompileOptions options() const { return {.threads = 1, .engine = GetParam()}; }
    Line line;
    const Array x{std::vector<float>{0, 1}, {batch(2), feature(1)}};
    const Array target{std::vector<float>{-1, 2}, {batch(2)}};
};

TEST_P(Calls, TakeInputsByNameInAnyOrder) {
    Function loss = compile_forced(line.loss, options());
    EXPECT_EQ(loss(x, target).scalar(), 1.25);
    EXPECT_EQ(loss({{"x", x}, {"target", target}}).scalar(), 1.25);
    EXPECT_EQ(loss({{"target", target}, {"x", x}}).scalar(), 1.25);
    EXPECT_EQ(compile_forced(line.loss, options())({{"target", target}, {"x", x}}).scalar(), 1.25);
    EXPECT_EQ(loss(x, Array(std::vector<float>{-1, 2}, {batch(2)})).scalar(), 1.25);
}

TEST_P(Calls, SayThatTwoArgumentsHaveChangedPlaces) {
    Function loss = compile_forced(line.loss, options());
    EXPECT_EQ(refusal([&] { loss(target, x); }),
              "line: arguments 1 and 2 have changed places: input 1 is x: f32[batch ?, feature 1], and input 2 is "
              "target: f32[batch ?]; give them in this order, or by name");
    // One argument that does not fit anywhere is named alone.
    EXPECT_EQ(refusal([&] { loss(target, target); }),
              "line: input \"x\" has 1 axes but the program takes 2 (x: f32[batch ?, feature 1])");
    EXPECT_EQ(refusal([&] {
                  loss({{"x", target}, {"target", x}});
              }),
              "line: the arrays of \"x\" and \"target\" have changed places: input x: f32[batch ?, feature 1], and input "
              "target: f32[batch ?]; give each name the array of the other");
    EXPECT_EQ(refusal([&] {
                  loss({{"", x}, {"target", target}});
              }),
              "line: an argument of a call by name has the name \"\"; the inputs are x, target");
    EXPECT_EQ(refusal([&] {
                  loss({{"x", x}, {"labels", target}});
              }),
              "line: there is no input \"labels\"; the inputs are x, target");
}

TEST_P(Calls, CheckTheKindsOfTypedArrays) {
    Function loss = compile_forced(line.loss, options());
    EXPECT_EQ(refusal([&] { loss(x.with_axes({batch(2), channel(1)}), target); }),
              "line: input \"x\" has channel as axis 1 but the program takes feature there; reorder its axes to x: "
              "f32[batch ?, feature 1]");
}

TEST_P(Calls, CopiesOfResultsStay) {
    Function predict = compile_forced(line.y, options());
    const Array first = predict(rows({1}))[0];
    const Array& last = predict(rows({2, 3}))["y"];
    EXPECT_EQ(first.scalar(), 2.5);
    EXPECT_EQ(last.to_vector<float>(), (std::vector<float>{4.5, 6.5}));
}

TEST_P(Calls, ResultsBeyondTheLastAreRefused) {
    Function predict = compile_forced(line.y, options());
    const Results results = predict(rows({1}));
    EXPECT_EQ(refusal([&] { results[1]; }), "no output 1; there are 1, from 0 on: y");
    EXPECT_EQ(refusal([&] { results[static_cast<std::size_t>(-1)]; }),
              "no output 18446744073709551615; there are 1, from 0 on: y");
    EXPECT_EQ(refusal([&] { compile_forced(line.y, options())(rows({1}))[7]; }), "no output 7; there are 1, from 0 on: y");
}

TEST_P(Calls, HandlesThatWereMovedFromAreTheSameStill) {
    Model model = line.m;
    Model moved = std::move(model);
    EXPECT_EQ(model.text(), moved.text());
    Program program = forward({line.y});
    const Program other = std::move(program);
    Function predict = compile_forced(program, options());
    Function same = std::move(predict);
    EXPECT_EQ(predict(rows({1}))[0].scalar(), 2.5);
    EXPECT_EQ(same(rows({2}))[0].scalar(), 4.5);
    Parameters parameters = same.parameters();
    const Parameters theirs = std::move(parameters);
    EXPECT_EQ(parameters.sha256(), theirs.sha256());
    Index i("i");
    const Index j = std::move(i);
    const Term term = Position(i) + Position(j);
    Term from = term;
    const Term to = std::move(from);
    EXPECT_NO_THROW(from + to);
}

TEST_P(Calls, OfClonesRunAtOnce) {
    Function predict = compile_forced(line.y, options());
    std::atomic<int> wrong = 0;
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 4; ++thread) {
            threads.emplace_back([own = predict.clone(), thread, &wrong]() mutable {
                const auto value = static_cast<float>(thread);
                for (int call = 0; call < 200; ++call) {
                    if (own(rows({value, value + 1}))[0].at({1}) != 2 * (value + 1) + 0.5) ++wrong;
                }
            });
        }
    }
    EXPECT_EQ(wrong, 0);
    // They share their parameters.
    Function own = predict.clone();
    predict.parameters()["w"].span<float>()[0] = 4;
    EXPECT_EQ(own(rows({1}))[0].scalar(), 4.5);
}

TEST_P(Calls, AProgramThatUpdatesIsNotCloned) {
    Function step = compile_forced(training_step(line.loss, sgd()), options());
    EXPECT_EQ(refusal([&] { step.clone(); }),
              "line: a program that updates parameters is not cloned, for two of them would write at once; call it on "
              "one thread at a time");
}

TEST(CompileOptions, ChooseMethodsByEnumerators) {
    Model m("m");
    const Tensor x = m.input("x", f32, {batch(), channel(2), height(12), width(12)});
    const Tensor y = sum(conv2d(x, {.out = 4, .kernel = 3}), {channel});
    const CompileOptions options{.layout = Layout::nhwc,
                                 .convolution = Convolution::im2col,
                                 .gemm = Gemm::loops,
                                 .tile = 2,
                                 .threads = 1};
    const passes::Options passes = detail::passes_of(options);
    EXPECT_EQ(passes.layout.word(), "nhwc");
    EXPECT_EQ(passes.conv.word(), "im2col");
    EXPECT_EQ(passes.gemm.word(), "loops");
    EXPECT_EQ(passes.tile, "2");
    EXPECT_EQ(detail::passes_of({}).tile, "auto");
    EXPECT_EQ(detail::passes_of({.tile = TileSize::off()}).tile, "off");
    Array images(f32, {batch(5), channel(2), height(12), width(12)});
    for (std::size_t i = 0; float& pixel : images.span<float>()) pixel = static_cast<float>(i++ % 7);
    EXPECT_TRUE(is_close(compile(y, options)(images)[0], compile(y, {.engine = Engine::interpreter})(images)[0], 1e-4));
    EXPECT_EQ(refusal([&] { compile(y, {.tile = 0}); }), "tile is \"0\"; it is auto, off or a number of samples from 1 to 4096");
}

TEST(CompileOptions, ShowTheProgramAfterEachPass) {
    Line line;
    std::vector<std::string> seen;
    std::string last;
    const Function predict = compile(line.y, {.threads = 1, .observer = [&](std::string_view pass, const std::string& text) {
                                                  seen.emplace_back(pass);
                                                  last = text;
                                              }});
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen.back(), "plan-memory");
    EXPECT_EQ(last, predict.text());
}

INSTANTIATE_TEST_SUITE_P(Engines, Calls, testing::Values(Engine::interpreter, Engine::jit),
                         [](const auto& engine) { return engine.param == Engine::jit ? "jit" : "interpreter"; });

}  // namespace
}  // namespace ricci::test
