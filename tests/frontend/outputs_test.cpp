/// \file tests/frontend/outputs_test.cpp
/// What the outputs of a program are called, in which order they come, and how long they live.
#include <gtest/gtest.h>

#include "ricci/layers.h"
#include "ricci/arithmetic.h"
#include "ricci/data.h"
#include "tests/frontend/function.h"
#include "tests/frontend/line.h"

namespace ricci::test {
namespace {

class Outputs : public testing::TestWithParam<Engine> {
  protected:
    CompileOptions options() const { return {.threads = 1, .engine = GetParam()}; }
    static Results call(Function& function) { return function(rows({0, 1}), list({-1, 2})); }
    Line line;
};

TEST_P(Outputs, AreInTheOrderAskedFor) {
    Function gradient = compile_forced(gradients(line.loss, {line.c, line.w}), options());
    const Results results = call(gradient);
    ASSERT_EQ(results.size(), 3U);
    EXPECT_FLOAT_EQ(number(results[0]), 1.25F);
    EXPECT_FLOAT_EQ(number(results[1]), 2);
    EXPECT_FLOAT_EQ(number(results[2]), 0.5F);
    EXPECT_EQ(results.names()[0], "loss");
    EXPECT_EQ(results.names()[1], "gradient.c");
    EXPECT_EQ(results.names()[2], "gradient.w");
    EXPECT_EQ(&results["gradient.c"], &results[1]);
    EXPECT_EQ(&results["gradient.w"], &results[2]);
}

TEST_P(Outputs, MayBeAskedForTwice) {
    Function twice = compile_forced(forward({line.loss, line.penalty, line.loss}), options());
    const Results results = call(twice);
    ASSERT_EQ(results.size(), 3U);
    EXPECT_FLOAT_EQ(number(results[0]), 1.25F);
    EXPECT_FLOAT_EQ(number(results[1]), 4.25F);
    EXPECT_FLOAT_EQ(number(results[2]), 1.25F);
    EXPECT_FLOAT_EQ(number(results["loss"]), 1.25F);
    EXPECT_FLOAT_EQ(number(results["loss.2"]), 1.25F);
}

TEST_P(Outputs, OfGradientsMayBeAskedForTwice) {
    Function gradient = compile_forced(gradients(line.loss, {line.w, line.c, line.w}), options());
    const Results results = call(gradient);
    ASSERT_EQ(results.size(), 4U);
    EXPECT_FLOAT_EQ(number(results["loss"]), 1.25F);
    EXPECT_FLOAT_EQ(number(results["gradient.w"]), 0.5F);
    EXPECT_FLOAT_EQ(number(results["gradient.c"]), 2);
    EXPECT_FLOAT_EQ(number(results["gradient.w.2"]), 0.5F);
    Function of_itself = compile_forced(gradients(line.loss, {line.loss}), options());
    EXPECT_FLOAT_EQ(number(call(of_itself)["gradient.loss"]), 1);
}

TEST_P(Outputs, KeepTheirFunctionAlive) {
    const auto r = compile_forced(line.y, options())(rows({0, 1}));
    EXPECT_FLOAT_EQ(r[0].span<float>()[1], 2.5F);
    Results copy = r;
    EXPECT_FLOAT_EQ(copy["y"].span<float>()[0], 0.5F);
    const Array& one = compile_forced(line.y, options())(rows({1}))[0];
    EXPECT_FLOAT_EQ(number(one), 2.5F);
    EXPECT_FLOAT_EQ(compile_forced(line.loss, options())(rows({0, 1}), list({-1, 2})).scalar(), 1.25);
    const Parameters parameters = compile_forced(line.loss, options()).parameters();
    EXPECT_FLOAT_EQ(number(parameters["w"]), 2);
    EXPECT_TRUE(compile_forced(line.loss, options()).text().starts_with("ricci 1 "));
    for (const Remark& remark : compile_forced(line.loss, options()).remarks()) EXPECT_FALSE(remark.text.empty());
}

TEST_P(Outputs, OutliveTheirModel) {
    Function predict = [&] {
        Line gone;
        return compile_forced(gone.y, options());
    }();
    EXPECT_FLOAT_EQ(number(predict(rows({1}))[0]), 2.5F);
}

INSTANTIATE_TEST_SUITE_P(Engines, Outputs, testing::Values(Engine::interpreter, Engine::jit),
                         [](const auto& engine) { return engine.param == Engine::jit ? "jit" : "interpreter"; });

TEST(Lifetimes, ATensorOutlivesItsModel) {
    const Tensor y = [] { return Line().y; }();
    EXPECT_EQ(fmt::format("{}", y), "y: f32[batch ?]");
}

TEST(Lifetimes, NameAndTypeOfATensorStayAsTheModelGrows) {
    Model m("m");
    const Tensor x = m.input("x", f32, {batch(), feature(3)});
    const std::string& name = x.name();
    const ir::TensorType& type = x.type();
    for (int i = 0; i < 100; ++i) relu(x);
    EXPECT_EQ(name, "x");
    EXPECT_EQ(to_string(type), "f32[batch ?, feature 3]");
}

TEST(Lifetimes, IteratorsKeepTheirData) {
    auto first = [] {
        const ImageData data(draw_digits(9, 1), {f32, {batch(), height(28), width(28)}});
        return data.batches(4).begin();
    }();
    EXPECT_EQ((*first).count, 4);
    ++first, ++first;
    EXPECT_EQ((*first).count, 1);
    EXPECT_EQ((*first).labels.size(), 1);
}

}  // namespace
}  // namespace ricci::test
