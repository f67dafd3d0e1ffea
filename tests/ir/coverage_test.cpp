// What the points of a left meet, and what stays inside of an axis.
#include "ir/analysis/coverage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "tests/seed.h"

namespace ricci::ir {
namespace {

/// The last equation of the text.
struct Parsed {
    explicit Parsed(const std::string& lines)
        : graph(parse("ricci 1 model\ninput x: f32[height 5, width 4]\ninput z: f32[batch ?, height 5]\n" + lines)) {}
    Graph graph;
    const Equation& equation() const { return graph.equations.back(); }
    bool covers() const { return covers_once(equation(), graph.value(equation().result).type); }
    bool once() const { return meets_at_most_once(equation()); }
};

TEST(Coverage, AnIndexThatStopsShortCoversNothing) {
    const Parsed all("e[y, w] += x[y, w] where y: height 5, w: width 4\noutput e\n");
    EXPECT_TRUE(all.covers());
    EXPECT_TRUE(all.once());
    const Parsed part("e: f32[height 7]\ne[y + 0] += x[y, w] where y: height 5, w: width 4\noutput e\n");
    EXPECT_FALSE(part.covers());
    EXPECT_TRUE(part.once());
}

TEST(Coverage, ClippedPointsCoverNothing) {
    const Parsed clipped("e: f32[height 5]\nclip e[y + 0] += x[y, w] where y: height 5, w: width 4\noutput e\n");
    EXPECT_FALSE(clipped.covers());
    EXPECT_TRUE(clipped.once());
}

TEST(Coverage, WindowsThatOverlapMeet) {
    const Parsed apart("e: f32[height 15]\ne[3*y + dy] += x[y, 0] where y: height 5, dy: tap_h 3\noutput e\n");
    EXPECT_TRUE(apart.covers());
    EXPECT_TRUE(apart.once());
    const Parsed gaps("e: f32[height 15]\ne[3*y + dy] += x[y, 0] where y: height 5, dy: tap_h 2\noutput e\n");
    EXPECT_FALSE(gaps.covers());
    EXPECT_TRUE(gaps.once());
    const Parsed overlap("e: f32[height 11]\ne[2*y + dy] += x[y, 0] where y: height 5, dy: tap_h 3\noutput e\n");
    EXPECT_FALSE(overlap.covers());
    EXPECT_FALSE(overlap.once());
}

TEST(Coverage, AnotherAxisMayTellAnIndex) {
    const Parsed told("e: f32[tap_h 3, height 7]\ne[dy, y + dy] += x[y, 0] where dy: tap_h 3, y: height 5\noutput e\n");
    EXPECT_FALSE(told.covers());
    EXPECT_TRUE(told.once());
}

TEST(Coverage, TheOpenBatchCoversItsAxis) {
    const Parsed batched("e[b] += z[b, y] where b: batch ?, y: height 5\noutput e\n");
    EXPECT_TRUE(batched.covers());
    EXPECT_TRUE(batched.once());
}

/// Random lefts: the answers are those of counting.
TEST(Coverage, AgreesWithCounting) {
    std::mt19937_64 random(test::seed());
    auto pick = [&](int low, int high) {
        return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
    };
    int covered = 0;
    int told = 0;
    for (int round = 0; round < 4000; ++round) {
        Equation equation;
        const int indices = pick(1, 3);
        for (int i = 0; i < indices; ++i) add_index(equation, "i", kinds::feature(), pick(1, 4));
        TensorType type;
        for (int axis = 0; axis < pick(1, 2); ++axis) {
            Affine at = Affine::constant(pick(0, 5) == 0 ? pick(-1, 2) : 0);
            for (IndexId i = 0; i < IndexId(indices); ++i) {
                constexpr std::int64_t kSteps[] = {0, 0, 0, 1, 1, 2, 3, 4, 6, -1};
                at = at + Affine::of(i, kSteps[random() % 10]);
            }
            const auto [low, high] = range(at, equation.extents());
            equation.left.push_back(at);
            type.axes.push_back({kinds::feature(), std::max<std::int64_t>(1, high + 1 + (pick(0, 3) == 0))});
        }
        // What each element gets, the indices that the left does not use held at 0.
        const std::vector<IndexId> reduced = equation.reduced();
        std::map<std::vector<std::int64_t>, int> met;
        bool inside = true;
        std::vector<std::int64_t> point(equation.indices.size(), 0);
        for (bool more = true; more;) {
            std::vector<std::int64_t> element;
            for (std::size_t axis = 0; axis < equation.left.size(); ++axis) {
                std::int64_t at = equation.left[axis].offset;
                for (const Affine::Term& term : equation.left[axis].terms)
                    at += term.coefficient * point[static_cast<std::size_t>(term.index)];
                inside = inside && at >= 0 && at < type.axes[axis].extent;
                element.push_back(at);
            }
            ++met[element];
            more = false;
            for (std::size_t i = point.size(); i-- > 0 && !more;) {
                const bool fixed = std::ranges::find(reduced, static_cast<IndexId>(i)) != reduced.end();
                more = !fixed && ++point[i] < equation.indices[i].extent;
                if (!more) point[i] = 0;
            }
        }
        const bool once = std::ranges::all_of(met, [](const auto& entry) { return entry.second == 1; });
        const bool covers = once && inside && std::ssize(met) == type.count();
        EXPECT_EQ(stays_inside(equation.left, equation.extents(), type), inside);
        // Never more than is true.
        const bool said_covers = covers_once(equation, type);
        const bool said_once = meets_at_most_once(equation);
        EXPECT_LE(said_covers, covers) << round;
        EXPECT_LE(said_once, once) << round;
        covered += said_covers;
        told += said_once;
    }
    EXPECT_GT(covered, 100);
    EXPECT_GT(told, 1000);
}

TEST(Coverage, AnOpenBatchMayBeSmallerThanAnyExtent) {
    const Axis open{kinds::batch(), kOpen};
    const Axis twenty{kinds::batch(), 20};
    const std::vector<std::int64_t> extents = {kOpen, 20};
    EXPECT_TRUE(stays_inside(Affine::of(0), extents, open));
    EXPECT_FALSE(stays_inside(Affine::of(0) + Affine::constant(1), extents, open));
    EXPECT_FALSE(stays_inside(Affine::of(1), extents, open));
    EXPECT_TRUE(stays_inside(Affine::constant(0), extents, open));
    EXPECT_FALSE(stays_inside(Affine::constant(1), extents, open));
    EXPECT_FALSE(stays_inside(Affine::of(0), extents, twenty));
    EXPECT_TRUE(stays_inside(Affine::of(0), extents, twenty, 16));  // in a tile of 16 samples
    EXPECT_FALSE(stays_inside(Affine::of(0), extents, twenty, 32));
}

}  // namespace
}  // namespace ricci::ir
