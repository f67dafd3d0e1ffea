/// \file tests/frontend/by_position_test.cpp
/// Axes by their place: broadcasting, reductions over numbered axes with and without keeping them, moved axes, and their
/// gradients.
#include "ricci/by_position.h"

#include <gtest/gtest.h>

#include "ricci/compile.h"
#include "ricci/layers.h"
#include "ricci/arithmetic.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

/// 0, 1, 2, ... or other numbers, in an array of these axes.
Array counted(const std::vector<Axis>& axes, double scale = 1) {
    Array array(f64, axes);
    std::span<double> elements = array.span<double>();
    for (std::size_t i = 0; i < elements.size(); ++i) elements[i] = scale * static_cast<double>(i % 11) - 2;
    return array;
}

class ByPosition : public testing::Test {
  protected:
    // The shapes (2, 3, 1, 5) and (4, 1) make (2, 3, 4, 5).
    std::vector<Axis> axes_a = {channel(2), height(3), width(1), feature(5)};
    std::vector<Axis> axes_b = {width(4), feature(1)};
    Model m{"m"};
    Tensor a = m.input("a", f64, axes_a);
    Tensor b = m.input("b", f64, axes_b);
};

TEST_F(ByPosition, RepeatsAxesOfOneAndThoseThatAreMissing) {
    const Tensor product = by_position("mul", a, b);
    EXPECT_EQ(to_string(product.type()), "f64[channel 2, height 3, width 4, feature 5]");
    const Array x = counted(axes_a), y = counted(axes_b, 0.5);
    Function f = compile_forced(product);
    const Results results = f(x, y);
    for (std::int64_t i = 0; i < 2; ++i)
        for (std::int64_t j = 0; j < 3; ++j)
            for (std::int64_t k = 0; k < 4; ++k)
                for (std::int64_t l = 0; l < 5; ++l)
                    ASSERT_EQ(results[0].at({i, j, k, l}), x.at({i, j, 0, l}) * y.at({k, 0}));
}

TEST_F(ByPosition, GradientsAreSummedOverWhatWasRepeated) {
    const Tensor product = by_position("mul", a, b);
    Function f = compile_forced(gradients(sum(product * product), {a, b}));
    const Array x = counted(axes_a), y = counted(axes_b, 0.5);
    const Results results = f(x, y);
    EXPECT_EQ(std::vector(results[1].extents().begin(), results[1].extents().end()), (std::vector<std::int64_t>{2, 3, 1, 5}));
    for (std::int64_t i = 0; i < 2; ++i)
        for (std::int64_t j = 0; j < 3; ++j)
            for (std::int64_t l = 0; l < 5; ++l) {
                double sum_of = 0;
                for (std::int64_t k = 0; k < 4; ++k) sum_of += 2 * x.at({i, j, 0, l}) * y.at({k, 0}) * y.at({k, 0});
                ASSERT_NEAR(results[1].at({i, j, 0, l}), sum_of, 1e-12);
            }
    for (std::int64_t k = 0; k < 4; ++k) {
        double sum_of = 0;
        for (std::int64_t i = 0; i < 2; ++i)
            for (std::int64_t j = 0; j < 3; ++j)
                for (std::int64_t l = 0; l < 5; ++l) sum_of += 2 * x.at({i, j, 0, l}) * x.at({i, j, 0, l}) * y.at({k, 0});
        ASSERT_NEAR(results[2].at({k, 0}), sum_of, 1e-11);
    }
}

TEST_F(ByPosition, ComparesAndTakesTheOpenBatch) {
    const Tensor rows = m.input("rows", f64, {batch(), feature(3)});
    const Tensor one = m.input("one", f64, {feature(3)});
    const Tensor larger = by_position("greater", rows, one);
    EXPECT_EQ(to_string(larger.type()), "bool[batch ?, feature 3]");
    const Array x(std::vector<double>{1, 5, 3, 4, 0, 9}, {batch(2), feature(3)});
    const Array y(std::vector<double>{2, 2, 3}, {feature(3)});
    EXPECT_EQ(fmt::format("{}", compile_forced(larger)(x, y)[0]), "bool[batch 2, feature 3] [[false, true, false],\n [true, false, true]]");
}

TEST_F(ByPosition, ScalarsAndEqualShapes) {
    const Tensor s = m.input("s", f64, {});
    EXPECT_EQ(to_string(by_position("add", a, s).type()), to_string(a.type()));
    EXPECT_EQ(to_string(by_position("sub", s, a).type()), to_string(a.type()));
    EXPECT_EQ(to_string(by_position("div", b, b).type()), to_string(b.type()));
    EXPECT_EQ(to_string(by_position("max", s, s).type()), "f64[]");
}

TEST_F(ByPosition, ReducesNumberedAxes) {
    EXPECT_EQ(to_string(sum(a, Places({1})).type()), "f64[channel 2, width 1, feature 5]");
    EXPECT_EQ(to_string(sum(a, Places({1}, true)).type()), "f64[channel 2, height 1, width 1, feature 5]");
    EXPECT_EQ(to_string(mean(a, Places({0, -1})).type()), "f64[height 3, width 1]");
    EXPECT_EQ(to_string(max(a, Places({}, true)).type()), "f64[channel 1, height 1, width 1, feature 1]");
    EXPECT_EQ(to_string(min(a, Places({})).type()), "f64[]");
    const Array x = counted(axes_a), y = counted(axes_b);
    Function f = compile_forced(forward({sum(a, Places({1}, true)), mean(a, Places({0, -1})), max(a, Places({-1})), min(a, Places({}))}));
    const Results results = f({{"a", x}});
    for (std::int64_t i = 0; i < 2; ++i)
        for (std::int64_t l = 0; l < 5; ++l)
            ASSERT_NEAR(results[0].at({i, 0, 0, l}), x.at({i, 0, 0, l}) + x.at({i, 1, 0, l}) + x.at({i, 2, 0, l}), 1e-13);
    for (std::int64_t j = 0; j < 3; ++j) {
        double total = 0, largest = -1e9;
        for (std::int64_t l = 0; l < 5; ++l) {
            total += x.at({0, j, 0, l}) + x.at({1, j, 0, l});
            largest = std::max(largest, x.at({1, j, 0, l}));
        }
        ASSERT_NEAR(results[1].at({j, 0}), total / 10, 1e-13);
        ASSERT_EQ(results[2].at({1, j, 0}), largest);
    }
    EXPECT_EQ(results[3].scalar(), -2);
}

TEST_F(ByPosition, KeptAxesBroadcastBack) {
    const Tensor centred = by_position("sub", a, mean(a, Places({-1}, true)));
    const Array x = counted(axes_a);
    const Results results = compile_forced(mean(centred, Places({-1})))({{"a", x}});
    for (const double value : results[0].span<double>()) EXPECT_NEAR(value, 0, 1e-14);
}

TEST_F(ByPosition, MovesAnAxis) {
    EXPECT_EQ(to_string(moveaxis(a, 0, -1).type()), "f64[height 3, width 1, feature 5, channel 2]");
    EXPECT_EQ(to_string(moveaxis(a, -1, 0).type()), "f64[feature 5, channel 2, height 3, width 1]");
    EXPECT_EQ(to_string(moveaxis(a, -1, -2).type()), "f64[channel 2, height 3, feature 5, width 1]");
    const Array x = counted(axes_a);
    const Results results = compile_forced(moveaxis(a, 0, 2))({{"a", x}});
    for (std::int64_t i = 0; i < 2; ++i)
        for (std::int64_t j = 0; j < 3; ++j)
            for (std::int64_t l = 0; l < 5; ++l) ASSERT_EQ(results[0].at({j, 0, i, l}), x.at({i, j, 0, l}));
}

TEST_F(ByPosition, RefusesWhatDoesNotFit) {
    const Tensor c = m.input("c", f64, {height(3), feature(4)});
    const Tensor d = m.input("d", f64, {width(3), feature(5)});
    EXPECT_EQ(refusal_text([&] { by_position("mul", a, c); }),
              "by_position: a is f64[channel 2, height 3, width 1, feature 5] and c is f64[height 3, feature 4]; from the end, "
              "axis -1 is feature 5 and feature 4, and neither is 1");
    EXPECT_EQ(refusal_text([&] { by_position("mul", d, m.input("e", f64, {height(3), feature(5)})); }),
              "by_position: d is f64[width 3, feature 5] and e is f64[height 3, feature 5]; from the end, axis -2 is width 3 and "
              "height 3, and neither is 1");
    EXPECT_EQ(refusal_text([&] { by_position("plus", a, b); }),
              "by_position: no function of two elements is called \"plus\"; there are add, sub, mul, div, pow, mod, atan2, min, "
              "max, less, less_equal, greater, greater_equal, equal, not_equal");
    EXPECT_EQ(refusal_text([&] { sum(b, Places({2})); }), "sum: b has 2 axes, so places are from -2 to 1; 2 is none");
    EXPECT_EQ(refusal_text([&] { max(b, Places({1, -1})); }), "max: axis 1 of b is given twice");
    EXPECT_EQ(refusal_text([&] { moveaxis(b, 0, 5); }), "moveaxis: b has 2 axes, so places are from -2 to 1; 5 is none");
}

}  // namespace
}  // namespace ricci::test
