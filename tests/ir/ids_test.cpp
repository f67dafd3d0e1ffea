/// \file tests/ir/ids_test.cpp
/// Ids: kinds that do not mix, and vectors that take them.
#include <gtest/gtest.h>

#include <type_traits>

#include "ir/core/graph.h"

namespace ricci::ir {
namespace {

static_assert(!std::is_convertible_v<ValueId, IndexId>);
static_assert(!std::is_convertible_v<EquationId, ValueId>);
static_assert(!std::is_convertible_v<ValueId, int>);
static_assert(!std::is_constructible_v<bool, ValueId>, "0 is an id, and -1 is none");
template <class Vector, class Key>
constexpr bool kTakes = requires(Vector vector, Key key) { vector[key]; };
static_assert(kTakes<IdVector<ValueId, int>, ValueId>);
static_assert(!kTakes<IdVector<ValueId, int>, IndexId>);
static_assert(!kTakes<std::vector<int>, ValueId>);

TEST(Ids, AnIdThatNothingWasSaidOfIsNone) {
    EXPECT_EQ(ValueId(), ValueId(-1));
    IdVector<ValueId, EquationId> writers(3);
    EXPECT_EQ(writers[1], EquationId());
}

TEST(Ids, AVectorGoesThroughItsIds) {
    IdVector<IndexId, int> vector{5, 6, 7};
    int sum = 0;
    for (IndexId id : vector.ids()) sum += static_cast<int>(id) * vector[id];
    EXPECT_EQ(sum, 6 + 14);
    EXPECT_EQ(vector.next(), IndexId(3));
    EXPECT_EQ(vector.id_of(vector.begin() + 2), IndexId(2));
}

TEST(Ids, ASpanGoesThroughItsIds) {
    const std::vector<int> numbers{5, 6, 7};
    const IdSpan<IndexId, const int> span(numbers);
    int sum = 0;
    for (IndexId id : span.ids()) sum += span[id];
    EXPECT_EQ(sum, 18);
}

TEST(Ids, ArePrintedAsTheirPlace) {
    EXPECT_EQ(fmt::format("{} {:>3}", ValueId(7), IndexId(4)), "7   4");
}

}  // namespace
}  // namespace ricci::ir
