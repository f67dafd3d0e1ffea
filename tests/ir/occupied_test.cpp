/// \file tests/ir/occupied_test.cpp
/// The gaps that plan-memory finds are those that a walk over all placed blocks finds.
#include "ir/analysis/occupied.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "tests/seed.h"

namespace ricci::ir {
namespace {

struct Placed {
    int first, last;
    std::int64_t offset, bytes;
};

/// Best fit, by going through all blocks.
std::int64_t by_a_walk(std::vector<Placed> all, int first, int last, std::int64_t bytes) {
    std::ranges::sort(all, {}, &Placed::offset);
    std::int64_t best = -1, smallest = std::numeric_limits<std::int64_t>::max(), end = 0;
    for (const Placed& each : all) {
        if (each.first > last || first > each.last) continue;
        const std::int64_t gap = each.offset - end;
        if (gap >= bytes && gap < smallest) best = end, smallest = gap;
        end = std::max(end, each.offset + each.bytes);
    }
    return best >= 0 ? best : end;
}

TEST(Occupied, FindsTheGapsOfAWalk) {
    for (const std::uint64_t seed : test::seeds(40)) {
        std::mt19937_64 random(seed);
        const int equations = 1 + static_cast<int>(random() % 60);
        Occupied occupied(static_cast<std::size_t>(equations));
        std::vector<Placed> placed;
        for (int block = 0; block < 80; ++block) {
            int first = static_cast<int>(random() % static_cast<unsigned>(equations));
            int last = static_cast<int>(random() % static_cast<unsigned>(equations));
            if (first > last) std::swap(first, last);
            const std::int64_t bytes = 64 * (1 + static_cast<std::int64_t>(random() % 5));
            const std::int64_t offset = occupied.best_offset(EquationId(first), EquationId(last), bytes);
            ASSERT_EQ(offset, by_a_walk(placed, first, last, bytes)) << "seed " << seed << ", block " << block;
            occupied.take(EquationId(first), EquationId(last), offset, bytes);
            placed.push_back({first, last, offset, bytes});
        }
    }
}

TEST(Occupied, IsFreeAgreesWithAWalk) {
    for (const std::uint64_t seed : test::seeds(40)) {
        std::mt19937_64 random(seed);
        Occupied occupied(37);
        std::vector<Placed> placed;
        for (int block = 0; block < 60; ++block) {
            const int first = static_cast<int>(random() % 37);
            const int last = std::min(36, first + static_cast<int>(random() % 5));
            const auto offset = static_cast<std::int64_t>(random() % 30);
            const auto bytes = static_cast<std::int64_t>(1 + random() % 4);
            const bool free = std::ranges::none_of(placed, [&](const Placed& each) {
                return each.first <= last && first <= each.last && each.offset < offset + bytes &&
                       offset < each.offset + each.bytes;
            });
            ASSERT_EQ(occupied.is_free(EquationId(first), EquationId(last), offset, bytes), free) << "seed " << seed << ", block " << block;
            occupied.take(EquationId(first), EquationId(last), offset, bytes);
            placed.push_back({first, last, offset, bytes});
        }
    }
}

}  // namespace
}  // namespace ricci::ir
