/// \file tests/frontend/using_std_test.cpp
/// Ricci beside the standard library and the C library, with both namespaces open.
#include <ricci.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

using namespace ricci;
using namespace std;

#include <gtest/gtest.h>

namespace {

TEST(UsingStd, NumbersAreTheStandardLibrarys) {
    EXPECT_DOUBLE_EQ(exp(1.0) + log(1.0) + abs(-2.0) + sqrt(4.0) + pow(2.0, 3), std::exp(1.0) + 12);
    EXPECT_EQ(max(2, 3) + min(2, 3), 5);
    EXPECT_GT(time(nullptr), 0);
    EXPECT_DOUBLE_EQ(tanh(0.5) + erf(0.5) + floor(1.5), std::tanh(0.5) + std::erf(0.5) + 1);
}

TEST(UsingStd, TensorsAreRiccis) {
    Model m("m");
    Tensor x = m.input("x", f32, {batch(), time(8), feature(3)});
    Tensor w = m.parameter("w", f32, {feature(3)}, constant(2));
    Tensor y = max(exp(x) + log(abs(x) + 1) + sqrt(square(x)) + tanh(x) + erf(x) + pow(x, 2), feature);
    EXPECT_EQ(to_string(y.type()), "f32[batch ?, time 8]");
    EXPECT_EQ(to_string(sum(x).type()), "f32[]");
    EXPECT_EQ(to_string(min(mean(x * w, {Kind::named("time")}), feature).type()), "f32[batch ?]");
}

TEST(UsingStd, EquationsAreRiccis) {
    Model m("m");
    Tensor x = m.input("x", f32, {batch(), height(8), width(8)});
    Tensor z = m.input("z", f32, {batch(), height(8), width(8)});
    Index b("b", batch), i("i", height), j("j", width), dy("dy", tap_h(2)), dx("dx", tap_w(2));
    Tensor pooled = m.tensor("pooled"), least = m.tensor("least"), total = m.tensor("total"), both = m.tensor("both");
    pooled[b, i, j] = max(dy, dx)(x[b, 2 * i + dy, 2 * j + dx]);
    least[b, j] = min(i)(exp(x[b, i, j]) + log(max(x[b, i, j], 1)) + abs(x[b, i, j]) + pow(x[b, i, j], 2));
    both[b, i, j] = max(x[b, i, j], z[b, i, j]) + min(x[b, i, j], z[b, i, j]);
    total[b] = sum(i, j)(tanh(x[b, i, j]) + floor(x[b, i, j]) + erf(x[b, i, j]) + sqrt(x[b, i, j]));
    EXPECT_EQ(to_string(pooled.type()), "f32[batch ?, height 4, width 4]");
    EXPECT_EQ(to_string(least.type()), "f32[batch ?, width 8]");
    EXPECT_EQ(to_string(total.type()), "f32[batch ?]");
}

}  // namespace
