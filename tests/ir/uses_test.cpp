/// \file tests/ir/uses_test.cpp
/// Look-ups of whole graphs: writers, readers, what leaves, and how values in batch tiles are stored.
#include "ir/core/uses.h"

#include <gtest/gtest.h>

#include "ir/core/tile.h"
#include "ir/text/parser.h"

namespace ricci::ir {
namespace {

constexpr const char* kDiamond = R"(ricci 1 step diamond
input x: f32[feature 4]
parameter p: f32[feature 4] = 0
a[f] = 2 * x[f]
b[f] = a[f] + a[f] * x[f]
c[f] = a[f] - b[f]
output b
update p = c
)";

std::vector<int> readers(const Uses& uses, ValueId value) {
    std::vector<int> places;
    for (EquationId id : uses.readers(value)) places.push_back(static_cast<int>(id));
    return places;
}

TEST(Uses, TellsWhoWritesAndReads) {
    const Graph graph = parse(kDiamond);
    const Uses uses(graph);
    EXPECT_EQ(uses.writer(graph.find("x")), EquationId());
    EXPECT_EQ(uses.writer(graph.find("b")), EquationId(1));
    EXPECT_EQ(readers(uses, graph.find("x")), (std::vector<int>{0, 1}));
    EXPECT_EQ(readers(uses, graph.find("a")), (std::vector<int>{1, 2})) << "one that reads it twice is one reader";
    EXPECT_EQ(readers(uses, graph.find("c")), std::vector<int>{});
    EXPECT_EQ(uses.last_use(graph.find("a")), EquationId(2));
    EXPECT_EQ(uses.last_use(graph.find("c")), EquationId(2)) << "what nothing reads is used where it is written";
}

TEST(Uses, TellsWhatLeaves) {
    const Graph graph = parse(kDiamond);
    const Uses uses(graph);
    EXPECT_FALSE(uses.leaves(graph.find("a")));
    EXPECT_TRUE(uses.leaves(graph.find("b"))) << "an output";
    EXPECT_TRUE(uses.leaves(graph.find("c"))) << "the source of an update";
    EXPECT_FALSE(uses.leaves(graph.find("p"))) << "the target of one";
}

TEST(Uses, StorageIsAtTheEndOfAChainOfShares) {
    Graph graph = parse(kDiamond);
    const ValueId a = graph.find("a"), b = graph.find("b"), c = graph.find("c");
    graph.value(a).placement = Placement{};
    graph.value(b).placement = Placement{.shares = a};
    graph.value(c).placement = Placement{.shares = b};
    EXPECT_EQ(storage_of(graph, c), a);
    graph.value(a).placement->shares = c;
    EXPECT_EQ(storage_of(graph, c), c) << "a circle";
}

TEST(StoredTypes, ALocalValueHasTheBatchOfItsTile) {
    const Graph graph = parse(R"(ricci 1 lowered tiled
input x: f32[batch ?, feature 4]
tile t(8) {
  inside[b, f] = 2 * x[b, f]
  leaves[b, f] = inside[b, f] + 1
  sum[f] = sum(b) inside[b, f]
}
total[f] = 2 * sum[f]
output leaves
output total
)");
    const StoredTypes types(graph);
    const ValueId inside = graph.find("inside"), leaves = graph.find("leaves"), sum = graph.find("sum");
    EXPECT_EQ(types.crossing(inside), Crossing::local);
    EXPECT_EQ(types.crossing(leaves), Crossing::global);
    EXPECT_EQ(types.crossing(sum), Crossing::partial);
    EXPECT_EQ(types.type(inside).axes[0].extent, 8);
    EXPECT_EQ(types.type(leaves).axes[0].extent, kOpen);
    EXPECT_EQ(types.tile_of(sum), TileId(0));
    EXPECT_EQ(types.tile_of(graph.find("x")), TileId());
    for (ValueId id : graph.values.ids()) EXPECT_EQ(types.type(id), stored_type(graph, id)) << graph.value(id).name;
}

}  // namespace
}  // namespace ricci::ir
