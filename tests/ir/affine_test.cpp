// Arithmetic, substitution and ranges of affine index expressions.
#include "ir/core/affine.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <vector>

#include "ir/base/error.h"
#include "ir/core/type.h"
#include "tests/seed.h"

namespace ricci::ir {
namespace {

std::int64_t at(const Affine& a, const std::vector<std::int64_t>& point) {
    std::int64_t value = a.offset;
    for (const Affine::Term& term : a.terms) value += term.coefficient * point[static_cast<std::size_t>(term.index)];
    return value;
}

Affine random_affine(std::mt19937_64& random) {
    std::uniform_int_distribution<std::int64_t> number(-3, 3);
    Affine a = Affine::constant(number(random));
    for (IndexId index : std::initializer_list<IndexId>{2, 0, 1, 0}) a = a + Affine::of(index, number(random));
    return a;
}

TEST(Affine, ArithmeticIsThatOfTheValues) {
    std::mt19937_64 random(test::seed());
    for (int i = 0; i < 200; ++i) {
        Affine a = random_affine(random);
        Affine b = random_affine(random);
        std::vector<std::int64_t> point = {i % 5, 3 - i % 7, i % 3};
        EXPECT_EQ(at(a + b, point), at(a, point) + at(b, point));
        EXPECT_EQ(at(a - b, point), at(a, point) - at(b, point));
        EXPECT_EQ(at(-4 * a, point), -4 * at(a, point));
    }
}

TEST(Affine, SubstitutionIsEvaluationInTurn) {
    std::mt19937_64 random(test::seed());
    for (int i = 0; i < 200; ++i) {
        Affine a = random_affine(random);
        std::vector<Affine> with = {random_affine(random), random_affine(random), random_affine(random)};
        std::vector<std::int64_t> point = {i % 4, i % 3, -i % 5};
        EXPECT_EQ(at(substitute(a, with), point), at(a, {at(with[0], point), at(with[1], point), at(with[2], point)}));
    }
}

TEST(Affine, TermsAreSortedAndNeverZero) {
    Affine a = Affine::of(3) + Affine::of(1, 2) - Affine::of(3);
    EXPECT_EQ(a, Affine::of(1, 2));
    EXPECT_TRUE((Affine::of(0) - Affine::of(0)).is_constant());
    EXPECT_TRUE((0 * Affine::of(0)).is_constant());
}

TEST(Affine, OnlyOneTimesOneIndexIsBare) {
    EXPECT_EQ(Affine::of(4).bare(), IndexId(4));
    EXPECT_EQ(Affine::of(4, 2).bare(), IndexId());
    EXPECT_EQ((Affine::of(4) + Affine::constant(1)).bare(), IndexId());
    EXPECT_EQ((Affine::of(4) + Affine::of(5)).bare(), IndexId());
    EXPECT_EQ(Affine::constant(0).bare(), IndexId());
}

TEST(Affine, RangeIsReachedAtBothEnds) {
    std::vector<std::int64_t> extents = {4, 3, kOpen};
    Affine a = Affine::of(0, 2) - Affine::of(1) + Affine::constant(5);
    EXPECT_EQ(range(a, extents), (std::pair<std::int64_t, std::int64_t>{3, 11}));
    EXPECT_EQ(range(Affine::of(2), extents, 64), (std::pair<std::int64_t, std::int64_t>{0, 63}));
}

TEST(Affine, RefusesToWrap) {
    constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
    EXPECT_THROW(Affine::constant(kLargest) + Affine::constant(1), UserError);
    EXPECT_THROW(2 * Affine::of(0, kLargest), UserError);
}

}  // namespace
}  // namespace ricci::ir
