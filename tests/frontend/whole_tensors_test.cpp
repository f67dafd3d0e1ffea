/// \file tests/frontend/whole_tensors_test.cpp
/// Comparisons, selection, bounds and products of whole tensors, each against a loop. Tensors of a type said beforehand, the
/// assignments of equations, and the forms in which a call takes its arguments.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <vector>

#include "ricci.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

const std::vector<float> kX = {-2, -1, 0, 1, 2, 3}, kB = {0, 1, 3};

template <typename T>
std::vector<T> of(const Array& array) {
    return array.to_vector<T>();
}

TEST(WholeTensors, AreCompared) {
    Model m("m");
    const Tensor x = m.input("x", f32, {batch(), feature(3)}), b = m.input("b", f32, {feature(3)});
    const Tensor numbers = select(x < b, 1, 0) + 2 * select(x <= b, 1, 0) + 4 * select(x > b, 1, 0) + 8 * select(x >= b, 1, 0) +
                           16 * select(equal(x, b), 1, 0) + 32 * select(not_equal(x, b), 1, 0);
    const Tensor truth = x > 0;
    EXPECT_EQ(to_string(truth.type()), "bool[batch ?, feature 3]");
    Function f = compile_forced(forward({select(x > 0, x, b), numbers, select(0 < x, 1.0, x)}), {.threads = 1});
    const Results got = f({{"x", Array(kX, {2, 3})}, {"b", Array(kB, {3})}});
    for (std::size_t i = 0; i < kX.size(); ++i) {
        const float a = kX[i], c = kB[i % 3];
        EXPECT_EQ(of<float>(got[0])[i], a > 0 ? a : c) << i;
        EXPECT_EQ(of<float>(got[1])[i], (a < c) + 2 * (a <= c) + 4 * (a > c) + 8 * (a >= c) + 16 * (a == c) + 32 * (a != c)) << i;
        EXPECT_EQ(of<float>(got[2])[i], a > 0 ? 1 : a) << i;
    }
}

TEST(WholeTensors, OfTwoIntegerTypesMeet) {
    Model m("m");
    const Tensor labels = m.input("labels", i32, {batch()}), logits = m.input("logits", f32, {batch(), classes(3)});
    const Tensor right = mean(select(equal(argmax(logits, classes), labels), 1.0f, 0.0f));
    Function f = compile_forced(right, {.threads = 1});
    const Results got = f({{"labels", Array(std::vector<std::int32_t>{2, 0}, {2})}, {"logits", Array(kX, {2, 3})}});
    EXPECT_EQ(got.scalar(), 0.5);
}

TEST(WholeTensors, AreHeldBetweenBounds) {
    Model m("m");
    const Tensor x = m.input("x", f32, {batch(), feature(3)}), low = m.input("low", f32, {feature(3)});
    Tensor y = m.tensor("y");
    const Index b("b", batch), i("i", feature);
    y[b, i] = clip(x[b, i], -1, 2);
    Function f = compile_forced(forward({clip(x, low, 2), y}), {.threads = 1});
    const Results got = f({{"x", Array(kX, {2, 3})}, {"low", Array(kB, {3})}});
    for (std::size_t at = 0; at < kX.size(); ++at) {
        EXPECT_EQ(of<float>(got[0])[at], std::min(std::max(kX[at], kB[at % 3]), 2.0f)) << at;
        EXPECT_EQ(of<float>(got[1])[at], std::clamp(kX[at], -1.0f, 2.0f)) << at;
    }
}

TEST(WholeTensors, AreMultipliedAsMatrices) {
    Model m("m");
    const Tensor a = m.input("a", f64, {batch(), height(2), feature(3)}), b = m.input("b", f64, {feature(3), width(4)});
    const Tensor c = m.input("c", f64, {batch(), feature(3), width(4)});
    Function f = compile_forced(forward({matmul(a, b), matmul(a, c)}), {.threads = 1});
    std::vector<double> as(12), bs(12), cs(24);
    for (std::size_t i = 0; i < 24; ++i) {
        if (i < 12) as[i] = static_cast<double>(i) - 5, bs[i] = static_cast<double>(i * i % 7);
        cs[i] = static_cast<double>(i * 5 % 11);
    }
    const Results got = f({{"a", Array(as, {2, 2, 3})}, {"b", Array(bs, {3, 4})}, {"c", Array(cs, {2, 3, 4})}});
    EXPECT_TRUE(std::ranges::equal(got[0].extents(), std::vector<std::int64_t>{2, 2, 4}));
    for (std::size_t n = 0; n < 2; ++n) {
        for (std::size_t y = 0; y < 2; ++y) {
            for (std::size_t x = 0; x < 4; ++x) {
                double once = 0, each = 0;
                for (std::size_t k = 0; k < 3; ++k) {
                    once += as[(n * 2 + y) * 3 + k] * bs[k * 4 + x];
                    each += as[(n * 2 + y) * 3 + k] * cs[(n * 3 + k) * 4 + x];
                }
                EXPECT_EQ(of<double>(got[0])[(n * 2 + y) * 4 + x], once);
                EXPECT_EQ(of<double>(got[1])[(n * 2 + y) * 4 + x], each);
            }
        }
    }
    EXPECT_EQ(refusal_text([&] { matmul(b, a); }),
              "matmul: b is f64[feature 3, width 4] and a is f64[batch ?, height 2, feature 3]; the last axis of the first is width 4, "
              "the one before the last of the second height 2");
}

TEST(WholeTensors, ThatDoNotFitAreRefused) {
    Model m("m");
    const Tensor x = m.input("x", f32, {batch(), feature(3)}), c = m.input("c", f32, {channel(3)});
    const Tensor square = m.input("square", f32, {feature(3), feature(3)}), b = m.input("b", f32, {feature(3)});
    EXPECT_EQ(refusal_text([&] { select(x > 0, x, c); }),
              "select: greater1 is bool[batch ?, feature 3] and c is f32[channel 3]; channel is an axis of the second alone; write it "
              "with indices");
    EXPECT_EQ(refusal_text([&] { static_cast<void>(square < b); }),
              "less: square is f32[feature 3, feature 3] and b is f32[feature 3]; feature is an axis twice; write it with indices");
}

TEST(TypedTensors, TakeTheirTypeFromWhatWasSaid) {
    Model m("m");
    const Tensor x = m.input("x", f32, {batch(), feature(3)});
    Tensor padded = m.tensor("padded", f32, {batch(), feature(5)});
    const Index b("b"), i("i");
    padded[b, i] = pad(x[b, i - 1], 0);
    EXPECT_EQ(fmt::format("{}", padded), "padded: f32[batch ?, feature 5]");
    Function f = compile_forced(padded, {.threads = 1});
    EXPECT_EQ(of<float>(f({{"x", Array(kX, {2, 3})}})[0]), (std::vector<float>{0, -2, -1, 0, 0, 0, 1, 2, 3, 0}));
    Tensor wrong = m.tensor("wrong", f64, {batch(), feature(3)});
    EXPECT_NE(refusal_text([&] { wrong[b, i] = x[b, i]; }), "");
    EXPECT_EQ(refusal_text([&] { m.tensor("none", f32, {feature(0)}); }), "axis feature 0: an extent is at least 1");
}

/// Of what meets at one element: the product, the largest, the smallest.
TEST(Assignments, FoldWhatMeets) {
    Model m("m");
    const Tensor x = m.input("x", f32, {batch(), feature(6)});
    Tensor product = m.tensor("product", f32, {batch(), height(3)}), most = m.tensor("most", f32, {batch(), height(3)}),
           least = m.tensor("least", f32, {batch(), height(3)});
    const Index b("b", batch), i("i", height), k("k", tap_h(2));
    product[b, i] *= x[b, flat(i, k)];
    most[b, i].set_max(x[b, flat(i, k)]);
    least[b, i].set_min(x[b, flat(i, k)]);
    Function f = compile_forced(forward({product, most, least}), {.threads = 1});
    const Results got = f({{"x", Array(kX, {1, 6})}});
    EXPECT_EQ(of<float>(got[0]), (std::vector<float>{2, 0, 6}));
    EXPECT_EQ(of<float>(got[1]), (std::vector<float>{-1, 1, 3}));
    EXPECT_EQ(of<float>(got[2]), (std::vector<float>{-2, 0, 2}));
}

/// Points outside are dropped, in every fold, whatever the left has: positions, ids, both.
TEST(Assignments, DropWhatIsOutsideWhereTheyClip) {
    constexpr std::size_t kHeight = 4, kTaps = 3;
    const std::vector<float> g = {1, -2, 3, -4, 5, 6, -7, 8}, w = {2, -1, 3};
    const std::vector<std::int32_t> ids = {3, 0};
    Model m("m");
    const Tensor gradient = m.input("g", f32, {batch(), height(4)}), taps = m.input("w", f32, {tap_h(3)}),
                 rows = m.input("rows", i32, {batch()});
    const std::vector<Axis> axes = {batch(), height(4)};
    Tensor sum = m.tensor("sum", f32, axes), product = m.tensor("product", f32, axes), most = m.tensor("most", f32, axes),
           least = m.tensor("least", f32, axes), moved = m.tensor("moved", f32, {{Kind::named("row"), 4}, height(4)});
    const Index b("b", batch), y("y", height(4)), dy("dy", tap_h(3));
    clip(sum[b, y + dy - 1]) += gradient[b, y] * taps[dy];
    clip(product[b, y + dy - 1]) *= gradient[b, y] * taps[dy];
    clip(most[b, y + dy - 1]).set_max(gradient[b, y] * taps[dy]);
    clip(least[b, y + dy - 1]).set_min(gradient[b, y] * taps[dy]);
    clip(moved[rows[b], y + dy - 1]) += gradient[b, y] * taps[dy];
    constexpr float kInf = std::numeric_limits<float>::infinity();
    std::vector<float> sums(8, 0), products(8, 1), largest(8, -kInf), smallest(8, kInf), rows_moved(16, 0);
    for (std::size_t sample = 0; sample < 2; ++sample) {
        for (std::size_t position = 0; position < kHeight; ++position) {
            for (std::size_t tap = 0; tap < kTaps; ++tap) {
                if (position + tap < 1 || position + tap > kHeight) continue;
                const std::size_t at = sample * kHeight + position + tap - 1;
                const float point = g[sample * kHeight + position] * w[tap];
                sums[at] += point, products[at] *= point;
                largest[at] = std::max(largest[at], point), smallest[at] = std::min(smallest[at], point);
                rows_moved[static_cast<std::size_t>(ids[sample]) * kHeight + position + tap - 1] += point;
            }
        }
    }
    Function f = compile_forced(forward({sum, product, most, least, moved}), {.threads = 1});
    const Results got = f({{"g", Array(g, {2, 4})}, {"w", Array(w, {3})}, {"rows", Array(ids, {2})}});
    EXPECT_EQ(of<float>(got[0]), sums);
    EXPECT_EQ(of<float>(got[1]), products);
    EXPECT_EQ(of<float>(got[2]), largest);
    EXPECT_EQ(of<float>(got[3]), smallest);
    EXPECT_EQ(of<float>(got[4]), rows_moved);
    Tensor whole = m.tensor("whole", f32, axes);
    const std::string refused = refusal_text([&] { whole[b, y + dy - 1] += gradient[b, y] * taps[dy]; });
    EXPECT_TRUE(refused.contains("clip drops what falls outside")) << refused;
}

/// Over every axis, over kinds, and over places; an axis may stay.
TEST(Products, AreReductionsAsSumsAre) {
    Model m("m");
    const Tensor x = m.input("x", f32, {batch(), feature(3)});
    Function f = compile_forced(forward({prod(x, {feature}), prod(x), prod(x, Places({0})), prod(x, Places({-1}, true))}), {.threads = 1});
    const std::vector<float> values = {-2, 3, 4, 5, 0.5, 6};
    const Results got = f({{"x", Array(values, {2, 3})}});
    EXPECT_EQ(of<float>(got[0]), (std::vector<float>{-24, 15}));
    EXPECT_EQ(got[1].to_vector<float>(), std::vector<float>{-360});
    EXPECT_EQ(of<float>(got[2]), (std::vector<float>{-10, 1.5, 24}));
    EXPECT_TRUE(std::ranges::equal(got[3].extents(), std::array<std::int64_t, 2>{2, 1}));
    EXPECT_EQ(of<float>(got[3]), (std::vector<float>{-24, 15}));
    EXPECT_EQ(refusal_text([&] { prod(x, {batch}); }).substr(0, 4), "prod");
}

TEST(Arguments, AreTakenInEveryForm) {
    Model m("m");
    const Tensor x = m.input("x", f32, {batch(), feature(3)});
    Function f = compile_forced(x + 1, {.threads = 1});
    const std::vector<float> expected = {-1, 0, 1, 2, 3, 4};
    const std::array<float, 6> fixed = {-2, -1, 0, 1, 2, 3};
    std::vector<float> own = kX;
    const std::span<const float> seen(kX);
    const std::span<float> open(own);
    EXPECT_EQ(of<float>(f(kX)[0]), expected);
    EXPECT_EQ(of<float>(f(fixed)[0]), expected);
    EXPECT_EQ(of<float>(f(seen)[0]), expected);
    EXPECT_EQ(of<float>(f(open)[0]), expected);
    EXPECT_EQ(of<float>(f(Argument(kX, {2, 3}))[0]), expected);
    const Argument kept(kX, {2, 3});
    const Argument copy = kept;
    EXPECT_EQ(of<float>(f(copy)[0]), expected);
    EXPECT_EQ(refusal_text([&] { Argument(kX, {2, 2}); }), "an argument of 6 elements has extents [2, 2], which are 4 elements");
}

}  // namespace
}  // namespace ricci::test
