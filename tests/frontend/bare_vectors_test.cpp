/// \file tests/frontend/bare_vectors_test.cpp
/// Elements without extents as arguments: those of the input, and as many samples as they fill.
#include <gtest/gtest.h>

#include "ricci.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

class BareVectors : public testing::Test {
  protected:
    Function scaled() {
        Index b("b"), i("i");
        y[b, i] = x[b, i] * scale[i];
        return compile_forced(y, {.threads = 1});
    }
    Model m{"m"};
    Tensor x = m.input("x", f32, {batch(), feature(3)});
    Tensor scale = m.input("scale", f32, {feature(3)});
    Tensor y = m.tensor("y");
    Function f = scaled();
    const std::vector<float> four = {1, 2, 3, 4}, six = {1, 2, 3, 4, 5, 6}, three = {1, 10, 100};
};

TEST_F(BareVectors, TakeTheExtentsOfTheirInput) {
    const Array got = f(six, three)[0];
    EXPECT_EQ(describe(got), "y: f32[batch 2, feature 3]");
    EXPECT_EQ(got.to_vector<float>(), (std::vector<float>{1, 20, 300, 4, 50, 600}));
    EXPECT_EQ(Array(f({{"scale", three}, {"x", six}})[0]), got);
    EXPECT_EQ(Array(f(Array(six, {2, 3}), three)[0]), got);
}

TEST_F(BareVectors, AreRefusedWhereTheyDoNotFill) {
    EXPECT_EQ(refusal([&] { f(four, three); }),
              "m: input \"x\" is f32[batch ?, feature 3], which 4 elements do not fill; it takes 3 a sample");
    EXPECT_EQ(refusal([&] { f(six, four); }), "m: input \"scale\" is f32[feature 3], which 4 elements do not fill; it takes 3");
    EXPECT_EQ(refusal([&] { f(std::vector<double>{1, 2, 3}, three); }),
              "m: input \"x\" is f64 but the program takes f32; convert it or compile for f64");
    EXPECT_EQ(refusal([&] { f({{"x", six}, {"scales", three}}); }).find("fill"), std::string::npos);
}

TEST(BareVectorsOfPairs, NeedTheirExtents) {
    Model m("m");
    const Tensor pairs = m.input("pairs", f32, {batch(), batch()});
    Index b("b"), c("c");
    const Tensor y = m.tensor("y");
    y[b] = sum(c)(pairs[b, c]);
    Function f = compile_forced(y, {.threads = 1});
    EXPECT_EQ(refusal([&] { f(std::vector<float>(4, 1)); }),
              "m: input \"pairs\" is f32[batch ?, batch ?], with two open axes: give 4 elements their extents, as in Array(v, {...})");
}

TEST(TimeSteps, IsTheKindOfTheTimeWhereAKindIsAskedFor) {
    Model m("m");
    const Tensor sound = m.input("sound", f32, {batch(), time(4), channel(2)});
    EXPECT_EQ(to_string(sum(sound, {time_steps}).type()), "f32[batch ?, channel 2]");
    EXPECT_EQ(time_steps(4), time(4));
    Index b("b"), t("t", time_steps), c("c");
    const Tensor last = m.tensor("last");
    last[b, c] = sound[b, 3, c];
    EXPECT_EQ(to_string(last.type()), "f32[batch ?, channel 2]");
}

TEST(Extents, MayStandOutsideOfTheSum) {
    Model m("m");
    const Tensor x = m.input("x", f32, {batch(), channel(2)});
    Index b("b"), c("c");
    const Tensor mean = m.tensor("mean");
    mean[c] = sum(b)(x[b, c]) / cast(extent(b), f32);
    for (const Engine engine : {Engine::jit, Engine::interpreter}) {
        Function f = compile_forced(gradients(sum(mean * mean), {x}), {.threads = 2, .engine = engine});
        const std::vector<float> given = {1, 5, 2, 6, 6, 10};
        const Results got = f(given);
        EXPECT_EQ(got.scalar(), 9 + 49);
        const std::vector<float> slopes = {2, 14.0F / 3, 2, 14.0F / 3, 2, 14.0F / 3};
        EXPECT_TRUE(is_close(got[1], Array(slopes, {batch(3), channel(2)}))) << fmt::format("{}", got[1]);
    }
}

}  // namespace
}  // namespace ricci::test
