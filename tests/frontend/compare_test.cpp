/// How `ricci run --check` compares two arrays.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "frontend/program/compare.h"

namespace ricci {
namespace {

using runtime::Buffer;

template <typename T>
Buffer array(std::vector<T> elements) {
    Buffer buffer({"y", dtype_of<T>(), {"feature"}, {static_cast<std::int64_t>(elements.size())}});
    std::ranges::copy(elements, buffer.span<T>().begin());
    return buffer;
}

template <typename T>
std::string broken(std::vector<T> got, std::vector<T> expected) {
    return compare(array<T>(std::move(got)), array<T>(std::move(expected)), [] { return TermsOf{}; }).broken;
}
/// With the magnitudes of the terms of each element.
template <typename T>
std::string broken(std::vector<T> got, std::vector<T> expected, std::vector<double> terms, double of_last = 0) {
    const ir::Array of{{static_cast<std::int64_t>(terms.size())}, std::move(terms)};
    return compare(array<T>(std::move(got)), array<T>(std::move(expected)), [&] { return TermsOf{&of, of_last}; }).broken;
}

TEST(Compare, AnElementMayDifferByPartsOfItselfAndOfItsTerms) {
    EXPECT_EQ(broken<float>({1000, 1.04F}, {1000, 1}, {1000, 800}), "");  // 5e-5 of 800, 1e-4 of 1
    EXPECT_EQ(broken<float>({1000, 1.04F}, {1000, 1}, {1000, 2}),
              "element 1 is 1.03999996, the interpreter has 1; allowed are 0.0001 of it and 5e-05 of its terms, 2");
    EXPECT_EQ(broken<double>({1, 1 + 1e-9}, {1, 1}, {1, 1}),
              "element 1 is 1, the interpreter has 1; allowed are 1e-10 of it and 5e-11 of its terms, 1");
}

TEST(Compare, TermsCountAtMostAsTheLargestElement) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(broken<float>({1000, 1.04F}, {1000, 1}, {1e9, 1e9}), "");
    EXPECT_EQ(broken<float>({1000, 1.06F}, {1000, 1}, {1e9, 1e9}),
              "element 1 is 1.05999994, the interpreter has 1; allowed are 0.0001 of it and 5e-05 of its terms, 1e+03");
    EXPECT_EQ(broken<float>({1000, 1.04F}, {1000, 1}, {nan, nan}), "");  // nothing is known of the terms
}

// The first step of rmsprop from w = 1 at a rate of 0.1: 1 - 0.1 / sqrt(0.01).
TEST(Compare, WhereAllElementsCancelTheLastTermsCount) {
    EXPECT_NE(broken<float>({1e-8F, 3e-8F}, {2e-8F, 0}, {2, 2}), "");
    EXPECT_EQ(broken<float>({1e-8F, 3e-8F}, {2e-8F, 0}, {2, 2}, 2), "");
    EXPECT_NE(broken<float>({1e-3F, 3e-8F}, {2e-8F, 0}, {2, 2}, 2), "");
}

TEST(Compare, AnElementWithoutTermsIsComparedWithItself) {
    EXPECT_EQ(broken<float>({1000, 1.0001F}, {1000, 1}), "");
    EXPECT_NE(broken<float>({1000, 1.001F}, {1000, 1}), "");
}

TEST(Compare, IntegersAreEqualExactly) {
    const std::int64_t large = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(broken<std::int64_t>({7, large - 1}, {7, large}),
              "element 1 is 9223372036854775806, the interpreter has 9223372036854775807");
    EXPECT_EQ(broken<std::int32_t>({7, 8}, {7, 8}), "");
}

TEST(Compare, NanIsNanAndAnInfinityIsItself) {
    const float inf = std::numeric_limits<float>::infinity();
    const float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(broken<float>({nan, inf, -inf}, {nan, inf, -inf}), "");
    EXPECT_NE(broken<float>({nan}, {1}), "");
    EXPECT_NE(broken<float>({1}, {nan}), "");
    EXPECT_NE(broken<float>({inf}, {-inf}), "");
    EXPECT_NE(broken<float>({inf, 1}, {1, inf}), "");
    EXPECT_NE(broken<float>({1}, {inf}, {1}), "");
}

TEST(Compare, OtherExtentsAreADifferenceAndNothingIsReadBeyondThem) {
    EXPECT_EQ(broken<float>({1}, {1, 2, 3}), "machine code made y: f32[feature 1], the interpreter y: f32[feature 3]");
}

TEST(Compare, AnArrayOfZerosIsOneOnlyWithElements) {
    EXPECT_TRUE(is_zero(array<float>({0, 0})));
    EXPECT_FALSE(is_zero(array<float>({0, 1})));
    EXPECT_FALSE(is_zero(array<float>({})));
}

}  // namespace
}  // namespace ricci
