// Pools by a power: the infinite one is the largest absolute value.
#include <gtest/gtest.h>

#include "ir/interpret/interpreter.h"
#include "ir/text/parser.h"

namespace ricci::ir {
namespace {

std::vector<double> pooled(const std::string& axes, std::vector<std::int64_t> extents, const std::string& call) {
    const Graph graph = parse(fmt::format("ricci 1 model m\ninput x: f64[{}]\ny = {}\noutput y\n", axes, call));
    return interpret(graph, {{"x", {std::move(extents), {3, -5, 0.25, 2, -1, -4, 0, 7}}}}).at("y").elements;
}

TEST(PowerPooling, OfAnInfinitePowerIsTheLargestAbsoluteValue) {
    EXPECT_EQ(pooled("batch 1, channel 1, time 8", {1, 1, 8}, "lp_pool1d(x, window = 2, p = inf)"), (std::vector<double>{5, 2, 4, 7}));
    EXPECT_EQ(pooled("batch 1, channel 1, time 8", {1, 1, 8}, "lp_pool1d(x, window = 3, p = inf, ceil = 1)"),
              (std::vector<double>{5, 4, 7}));
    EXPECT_EQ(pooled("batch 1, channel 1, height 2, width 4", {1, 1, 2, 4}, "lp_pool2d(x, window = 2, p = inf)"),
              (std::vector<double>{5, 7}));
}

}  // namespace
}  // namespace ricci::ir
