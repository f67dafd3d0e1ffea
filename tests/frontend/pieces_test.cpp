/// \file tests/frontend/pieces_test.cpp
/// Pieces of tensors in C++: shapes, values against plain loops, and that their loops ask nothing for each element.
#include "ricci/pieces.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>

#include "ricci.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

class Pieces : public testing::Test {
  protected:
    Model m{"m"};
    Tensor x = m.input("x", f32, {batch(), channel(3), width(4)});
    Tensor z = m.input("z", f32, {batch(), channel(2), width(4)});

    std::string text(const Tensor& tensor) const { return to_string(tensor.type()); }

    /// 0, 1, 2, ... for a batch of 1.
    static Array counted(std::vector<std::int64_t> extents, float from = 0) {
        std::int64_t count = 1;
        for (std::int64_t extent : extents) count *= extent;
        std::vector<float> elements(static_cast<std::size_t>(count));
        std::iota(elements.begin(), elements.end(), from);
        return Array(elements, std::span<const std::int64_t>(extents));
    }
    std::vector<float> run(const Tensor& y) {
        Function f = compile_forced(y);
        const Array a = counted({1, 3, 4}), b = counted({1, 2, 4}, 100);
        return graph_of(f).find("z") >= 0 ? f({{"x", a}, {"z", b}})[0].to_vector<float>() : f({{"x", a}})[0].to_vector<float>();
    }
};

TEST_F(Pieces, JoinAnyNumberOfTensors) {
    EXPECT_EQ(text(concat({x}, channel)), "f32[batch ?, channel 3, width 4]");
    EXPECT_EQ(text(concat({x, z, x, z, z}, channel)), "f32[batch ?, channel 12, width 4]");
    EXPECT_EQ(run(concat({z, x}, channel)),
              (std::vector<float>{100, 101, 102, 103, 104, 105, 106, 107, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
    const std::vector<Tensor> many(200, x);
    EXPECT_EQ(run(concat(many, width)).size(), 3U * 800);
}

TEST_F(Pieces, StandSideBySide) {
    const Tensor y = stack({x, x + 100, x + 200}, Kind::named("time"));
    EXPECT_EQ(text(y), "f32[batch ?, channel 3, width 4, time 3]");
    const std::vector<float> values = run(y);
    for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(values[i], static_cast<float>(i / 3 + i % 3 * 100));
}

TEST_F(Pieces, SplitInto) {
    const std::vector<Tensor> parts = split(x, width, {1, 3});
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(run(parts[0]), (std::vector<float>{0, 4, 8}));
    EXPECT_EQ(run(parts[1]), (std::vector<float>{1, 2, 3, 5, 6, 7, 9, 10, 11}));
}

TEST_F(Pieces, SlicesAreThoseOfPython) {
    EXPECT_EQ(run(slice(x, width, {.start = -3, .stop = -1})), (std::vector<float>{1, 2, 5, 6, 9, 10}));
    EXPECT_EQ(run(slice(x, width, {.start = 1, .step = 2})), (std::vector<float>{1, 3, 5, 7, 9, 11}));
    EXPECT_EQ(run(flip(slice(x, channel, {.stop = 2}), width)), (std::vector<float>{3, 2, 1, 0, 7, 6, 5, 4}));
}

TEST_F(Pieces, ReshapesKeepTheOrderOfMemory) {
    const Tensor y = reshape(x, {batch(), channel(2), time(6)});
    EXPECT_EQ(text(y), "f32[batch ?, channel 2, time 6]");
    EXPECT_EQ(run(y), (std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
    const Tensor fixed = m.input("fixed", f64, {height(6), width(2)});
    EXPECT_EQ(text(reshape(fixed, {channel(3), feature(4)})), "f64[channel 3, feature 4]");
}

TEST_F(Pieces, RepeatRollAndPad) {
    const Tensor row = slice(x, channel, {.stop = 1});
    EXPECT_EQ(run(tile(row, width, 2)), (std::vector<float>{0, 1, 2, 3, 0, 1, 2, 3}));
    EXPECT_EQ(run(repeat(row, width, 2)), (std::vector<float>{0, 0, 1, 1, 2, 2, 3, 3}));
    EXPECT_EQ(run(roll(row, width, 1)), (std::vector<float>{3, 0, 1, 2}));
    EXPECT_EQ(run(roll(row, width, -5)), (std::vector<float>{1, 2, 3, 0}));
    EXPECT_EQ(run(pad_constant(row, width, {1, 2}, 7)), (std::vector<float>{7, 0, 1, 2, 3, 7, 7}));
    EXPECT_EQ(run(pad_edge(row, width, {2, 1})), (std::vector<float>{0, 0, 0, 1, 2, 3, 3}));
    EXPECT_EQ(run(pad_reflect(row, width, {3, 1})), (std::vector<float>{3, 2, 1, 0, 1, 2, 3, 2}));
    EXPECT_EQ(run(cumsum(row, width)), (std::vector<float>{0, 1, 3, 6}));
}

/// What is added is true or false, in C++ by the numbers 1 and 0. The copy asks nothing, as that of numbers.
TEST_F(Pieces, PadTruthValues) {
    const Tensor mask = m.input("mask", boolean, {width(3)});
    for (const int added : {0, 1}) {
        Function f = compile_forced(forward({pad_constant(mask, width, {2, 1}, added)}));
        const bool other = added == 1;
        const std::array<bool, 3> elements = {true, false, true};
        const Array given(std::span<const bool>(elements), {3});
        EXPECT_EQ(f({{"mask", given}})[0].to_vector<bool>(), (std::vector<bool>{other, other, true, false, true, other}));
        EXPECT_TRUE(f.text().contains("# j in pieces from 0, 2, 5")) << f.text();
    }
    EXPECT_EQ(refusal_text([&] { pad_constant(mask, width, {1, 0}, 0.5); }),
              "pad_constant \"pad_constant3\": value is 0.5, but x (mask) is bool; write true or false");
}

TEST_F(Pieces, ANewAxisIsOfANewKind) {
    EXPECT_EQ(refusal_text([&] { stack({x, x}, width); }),
              "stack \"stack1\": x1 (x) is f32[batch ?, channel 3, width 4], which has an axis width already; stack makes a new "
              "axis, of another kind, and concat joins tensors along one that they have");
}

// A piece is a copy: the loop over the joined axis is cut where the next tensor begins, for threads, vectors and tails alike.
TEST_F(Pieces, AreCopiesThatAskNothing) {
    const Tensor a = m.input("a", f32, {channel(20), width(33)});
    const Tensor c = m.input("c", f32, {channel(11), width(33)});
    const std::string loops = compile_forced(concat({a, c, a}, channel)).text();
    EXPECT_TRUE(loops.contains("# j in pieces from 0, 20, 31")) << loops;
    const std::string along = compile_forced(concat({a, a}, width)).text();
    EXPECT_TRUE(along.contains("# j in pieces from 0, 33")) << along;
}

TEST_F(Pieces, GiveTheSameForAnyThreads) {
    const Tensor a = m.input("a", f32, {channel(20), width(333)});
    const Tensor c = m.input("c", f32, {channel(11), width(333)});
    const Tensor joined = concat({pad_edge(concat({a, c, a}, channel), width, {3, 70}), roll(concat({c, a, a}, channel), width, 73)}, width);
    const Array of_a = counted({20, 333}), of_c = counted({11, 333}, 10000);
    std::vector<float> expected;
    const auto element = [&](bool first, std::int64_t k, std::int64_t w) {
        if (!first) k = (k + 20) % 51;  // {a, c, a} from its second part on is {c, a, a}
        const bool of_second = k >= 20 && k < 31;
        const std::int64_t row = of_second ? k - 20 : k % 31;
        return (of_second ? 10000 : 0) + static_cast<float>(row * 333 + w);
    };
    for (std::int64_t k = 0; k < 51; ++k) {
        for (std::int64_t j = 0; j < 406; ++j) expected.push_back(element(true, k, std::clamp<std::int64_t>(j - 3, 0, 332)));
        for (std::int64_t j = 0; j < 333; ++j) expected.push_back(element(false, k, (j - 73 + 333) % 333));
    }
    for (int threads : {1, 2, 3}) {
        Function f = compile_forced(forward({joined}), {.threads = threads});
        EXPECT_EQ(f({{"a", of_a}, {"c", of_c}})[0].to_vector<float>(), expected) << threads << " threads";
    }
}

TEST_F(Pieces, GradientsAreCopiesToo) {
    const Tensor y = concat({x, z, flip(x, width)}, channel);
    const std::string step = gradients(sum(y * y), {x, z}).text();
    EXPECT_TRUE(step.contains("gradient"));
    Function f = compile_forced(gradients(sum(y * y), {x, z}));
    EXPECT_FALSE(f.text().contains("clip ")) << f.text();
}

TEST_F(Pieces, AnyNumberIsJoined) {
    for (const int count : {256, 257, 600}) {
        SCOPED_TRACE(count);
        Model many("many");
        const Tensor p = many.input("p", f32, {feature(2)});
        std::vector<Tensor> parts;
        for (int i = 0; i < count; ++i) parts.push_back(p + i);
        const Tensor side_by_side = stack(parts, Kind::named("time")), in_a_row = concat(parts, feature);
        Function f = compile_forced(forward({side_by_side, in_a_row}));
        const Results results = f(Array(std::vector<float>{0.25F, 0.5F}, {feature(2)}));
        ASSERT_EQ(results[0].extents()[1], count);
        ASSERT_EQ(results[1].extents()[0], 2 * count);
        for (int i = 0; i < count; ++i) {
            for (int k = 0; k < 2; ++k) {
                EXPECT_EQ(results[0].at({k, i}), static_cast<float>(i) + (k == 0 ? 0.25F : 0.5F));
                EXPECT_EQ(results[1].at({2 * i + k}), static_cast<float>(i) + (k == 0 ? 0.25F : 0.5F));
            }
        }
    }
}

TEST_F(Pieces, ThatDoNotFitAreRefused) {
    expect_refused("parts of another sum", [&] { split(x, width, {1, 2}); }, "split: x has width 4, but the parts 1 + 2 have 3");
    expect_refused("nothing left", [&] { slice(x, width, {.start = 4}); },
                   "slice \"slice1\": x has 4 positions, and none from 4 on before 4");
    expect_refused("a step back", [&] { slice(x, width, {.step = -1}); }, "slice \"slice1\": step is -1; at least 1 is needed; flip turns an axis round");
    expect_refused("too many reflected", [&] { pad_reflect(x, width, 4); },
                   "pad_reflect \"pad_reflect1\": 4 positions are added but x has 4; reflection adds at most 3");
    expect_refused("samples", [&] { concat({x, x}, batch); },
                   "concat \"concat1\": concat over batch of x1 (f32[batch ?, channel 3, width 4]): the samples of a call stay "
                   "apart; another kind is meant");
    expect_refused(
        "too many for one op", [&] { apply("concat", std::vector<Tensor>(257, x), {.over = Kind(width)}); },
        "concat takes 1 to 256 operands, got 257");
    expect_refused("other elements", [&] { reshape(x, {batch(), feature(11)}); },
                   "reshape: x is f32[batch ?, channel 3, width 4] with 12 elements a sample, but [batch ?, feature 11] has 11");
    expect_refused("an open batch that goes", [&] { reshape(x, {feature(12)}); },
                   "reshape: x is f32[batch ?, channel 3, width 4] and the result would be [feature 12]; an open batch is the "
                   "first axis of both");
}

}  // namespace
}  // namespace ricci::test
